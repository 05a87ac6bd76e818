import { ActionIcon, Group, Menu, Paper, Text } from "@mantine/core";
import { IconDots, IconGitBranch, IconLink, IconTablePlus, IconTimeline, IconTrash } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import type { Message } from "../../api/memory.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { CopyText } from "../../components/copy-text.tsx";
import { Parts, partsOf } from "../../components/message-parts/parts.tsx";
import { Time } from "../../components/time.tsx";

interface MessageCardProps {
  message: Message;
  /** Whether the address names this message. */
  isTarget: boolean;
  onBranch: () => void;
  onDelete: () => void;
  onAdd: () => void;
}

/** The trace in which a message was made, where who saved it says so. */
const traceOf = ({ content }: Message): string | undefined => {
  const traceId = (content as { metadata?: { traceId?: unknown } }).metadata?.traceId;
  return typeof traceId === "string" ? traceId : undefined;
};

/** One message: who, when, and its parts. */
export function MessageCard({ message, isTarget, onBranch, onDelete, onAdd }: MessageCardProps) {
  const { id, role, createdAt, content } = message;
  const { history } = useRouter();
  const isReadOnly = useReadOnly();
  const traceId = traceOf(message);
  const link = `${location.origin}${location.pathname}?m=${encodeURIComponent(id)}`;
  return (
    <Paper
      component="article"
      withBorder
      p="sm"
      aria-label={`Message of ${role}`}
      ml={role === "user" ? { base: 0, sm: "10%" } : 0}
      mr={role === "user" ? 0 : { base: 0, sm: "10%" }}
      style={isTarget ? { outline: "2px solid var(--mantine-color-anchor)" } : undefined}
    >
      <Group justify="space-between" mb={6} wrap="nowrap">
        <Group gap="xs">
          <Text size="sm" fw={600} tt="capitalize">
            {role}
          </Text>
          <Text size="xs" c="dimmed">
            <Time value={createdAt} />
          </Text>
        </Group>
        <Group gap={2} wrap="nowrap">
          <CopyText text={JSON.stringify(message, null, 2)} label="Copy JSON" compact />
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="sm" aria-label="More for this message">
                <IconDots size={14} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconLink size={14} />} onClick={() => void navigator.clipboard.writeText(link)}>
                Copy link
              </Menu.Item>
              {traceId && (
                <Menu.Item
                  leftSection={<IconTimeline size={14} />}
                  onClick={() => history.push(`/traces/${encodeURIComponent(traceId)}`)}
                >
                  View trace
                </Menu.Item>
              )}
              {!isReadOnly && (
                <>
                  <Menu.Item leftSection={<IconTablePlus size={14} />} onClick={onAdd}>
                    Add to a dataset
                  </Menu.Item>
                  <Menu.Item leftSection={<IconGitBranch size={14} />} onClick={onBranch}>
                    Branch from here
                  </Menu.Item>
                  <Menu.Item leftSection={<IconTrash size={14} />} onClick={onDelete}>
                    Delete from here on
                  </Menu.Item>
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      <Parts parts={partsOf(content)} />
    </Paper>
  );
}
