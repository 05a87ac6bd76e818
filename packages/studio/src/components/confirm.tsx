import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { ApiError } from "../api/client.ts";

interface Confirmation {
  title: string;
  /** What will happen, naming the exact target and count. */
  text: string;
  verb: string;
  /** Must be typed first. For what cannot be undone. */
  typed?: string;
  run: () => Promise<unknown>;
  /** Shown when it is done. */
  done: string;
  after?: () => void;
}

/** Asks once before a write. */
export function confirm(confirmation: Confirmation): void {
  const id = modals.open({
    title: confirmation.title,
    closeButtonProps: { "aria-label": "Close" },
    children: <Question {...confirmation} close={() => modals.close(id)} />,
  });
}

function Question({ text, verb, typed, run, done, after, close }: Confirmation & { close: () => void }) {
  const [word, setWord] = useState("");
  const [isBusy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    if (await report(run(), done)) after?.();
    close();
  };
  return (
    <Stack>
      <Text size="sm">{text}</Text>
      {typed && (
        <TextInput
          data-autofocus
          label={`Type “${typed}” to go on`}
          value={word}
          onChange={({ currentTarget }) => setWord(currentTarget.value)}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          color={typed ? "red" : undefined}
          loading={isBusy}
          disabled={typed !== undefined && word !== typed}
          onClick={() => void go()}
        >
          {verb}
        </Button>
      </Group>
    </Stack>
  );
}

/** Waits for a write and says how it ended. Resolves to whether it succeeded. */
export async function report(write: Promise<unknown>, done: string): Promise<boolean> {
  try {
    await write;
    notifications.show({ message: done });
    return true;
  } catch (error) {
    const request = error instanceof ApiError && error.requestId ? ` (request ${error.requestId})` : "";
    notifications.show({ color: "red", title: "It failed", message: `${(error as Error).message}${request}` });
    return false;
  }
}
