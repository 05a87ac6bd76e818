import { ActionIcon, Button, Group, Menu, Stack, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconArrowsExchange, IconCopy, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { cloneThread, deleteThread, moveThread, renameThread, type Thread } from "../../api/memory.ts";
import { confirm, report } from "../../components/confirm.tsx";

/** What can be done to a thread. */
export function ThreadMenu({ thread }: { thread: Thread }) {
  const { id } = thread;
  const title = thread.title || id;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const changed = () => void queries.invalidateQueries();
  const clone = async () => {
    const copy = cloneThread(id);
    if (await report(copy, `“${title}” was cloned`)) {
      changed();
      void navigate({ to: "/threads/$threadId", params: { threadId: (await copy).thread.id } });
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" aria-label="More for this thread">
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconPencil size={14} />}
          onClick={() =>
            ask({
              title: "Rename the thread",
              label: "Title",
              value: thread.title ?? "",
              verb: "Rename",
              run: (text) => renameThread(id, text),
              done: "Renamed",
              after: changed,
            })
          }
        >
          Rename
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => void clone()}>
          Clone
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowsExchange size={14} />}
          onClick={() =>
            ask({
              title: "Give the thread to another resource",
              label: "Resource",
              value: thread.resourceId,
              verb: "Move",
              run: (text) => moveThread(id, text),
              done: "Moved",
              after: changed,
            })
          }
        >
          Move to another resource
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconTrash size={14} />}
          onClick={() =>
            confirm({
              title: "Delete this thread?",
              text: `This removes thread ${id} (“${title}”) with all its messages. It cannot be undone.`,
              verb: "Delete the thread",
              typed: "delete",
              run: () => deleteThread(id),
              done: `Thread ${id} deleted`,
              after: () => {
                changed();
                void navigate({ to: "/threads", search: { sort: "-updatedAt" } });
              },
            })
          }
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface TextQuestion {
  title: string;
  label: string;
  value: string;
  verb: string;
  run: (text: string) => Promise<unknown>;
  done: string;
  after: () => void;
}

function ask(question: TextQuestion): void {
  const id = modals.open({
    title: question.title,
    closeButtonProps: { "aria-label": "Close" },
    children: <TextForm {...question} close={() => modals.close(id)} />,
  });
}

function TextForm({ label, value, verb, run, done, after, close }: TextQuestion & { close: () => void }) {
  const [text, setText] = useState(value);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void report(run(text), done).then((succeeded) => succeeded && after());
        close();
      }}
    >
      <Stack>
        <TextInput
          data-autofocus
          label={label}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" disabled={text.trim() === "" || text === value}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
