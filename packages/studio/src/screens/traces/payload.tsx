import { Paper, Stack, Text } from "@mantine/core";
import { JsonView } from "../../components/json-view.tsx";
import { Parts } from "../../components/message-parts/parts.tsx";
import { messagesIn } from "./messages.ts";

/** What went into a span or came out: a chat where it is one, a text as it is, anything else as a tree. */
export function Payload({ label, value }: { label: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  const messages = messagesIn(value);
  return (
    <Stack gap="xs" component="section" aria-label={label}>
      <Text fw={600} size="sm">
        {label}
      </Text>
      {messages ? (
        messages.map(({ role, parts }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages keep their place.
          <Paper key={index} withBorder p="xs">
            <Text size="xs" c="dimmed">
              {role}
            </Text>
            <Parts parts={parts} />
          </Paper>
        ))
      ) : typeof value === "string" ? (
        <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {value}
        </Text>
      ) : (
        <JsonView value={value} label={label} />
      )}
    </Stack>
  );
}
