import { Alert, Button, Code, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleDashed, IconLock, IconPlugOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { CopyText } from "./copy-text.tsx";

/** Bars of the size of what is to come. */
export function Loading({ rows = 8, height = 28 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="xs" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars are all alike.
        <Skeleton key={row} height={height} />
      ))}
    </Stack>
  );
}

interface EmptyProps {
  title: string;
  help?: ReactNode;
  /** A program that writes a first record. */
  snippet?: string;
  /** Given when a filter may hide records. */
  clear?: () => void;
}

/** Says whether nothing exists or a filter hides it, with what helps. */
export function Empty({ title, help, snippet, clear }: EmptyProps) {
  return (
    <Stack align="center" justify="center" gap="sm" py="xl" className="fill">
      <IconCircleDashed size={32} aria-hidden />
      <Text fw={600}>{clear ? "Nothing matches the filter" : title}</Text>
      {!clear && help && (
        <Text c="dimmed" size="sm" maw={560} ta="center" component="div">
          {help}
        </Text>
      )}
      {clear ? (
        <Button variant="default" size="xs" onClick={clear}>
          Clear the filter
        </Button>
      ) : (
        snippet && (
          <>
            <Code block>{snippet}</Code>
            <CopyText text={snippet} label="Copy the program" />
          </>
        )
      )}
    </Stack>
  );
}

interface FailedProps {
  /** What could not be shown, as in "the threads". */
  what: string;
  error: Error;
  retry?: () => void;
}

/** What failed and why, with what support asks for. The rest of the screen lives on. */
export function Failed({ what, error, retry }: FailedProps) {
  const { title, help, icon } = explain(what, error);
  const known = error instanceof ApiError ? error : undefined;
  return (
    <Alert variant="default" icon={icon} title={title} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{help}</Text>
        {known && (
          <Text size="xs" c="dimmed">
            {[`status ${known.status || "none"}`, known.code, known.requestId && `request ${known.requestId}`]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        )}
        {known?.issues.map(({ field, message }) => (
          <Text key={field} size="xs">
            {field}: {message}
          </Text>
        ))}
        {retry && (
          <Group>
            <Button size="xs" variant="default" onClick={retry}>
              Try again
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function explain(what: string, error: Error): { title: string; help: string; icon: ReactNode } {
  const status = error instanceof ApiError ? error.status : undefined;
  const warning = <IconAlertTriangle size={18} />;
  switch (status) {
    case 0:
      return {
        title: "The server does not answer",
        help: "Is it running? The settings say where it is looked for.",
        icon: <IconPlugOff size={18} />,
      };
    case 401:
      return {
        title: "The server wants to know who asks",
        help: "Enter a token in the settings.",
        icon: <IconLock size={18} />,
      };
    case 403:
      return {
        title: `Your token may not see ${what}`,
        help: `${error.message}. It needs a scope for this.`,
        icon: <IconLock size={18} />,
      };
    case 404:
      return {
        title: "There is no such record",
        help: `${error.message}. It may have been deleted; the link still says what it was.`,
        icon: <IconCircleDashed size={18} />,
      };
    case 501:
      return {
        title: `This storage has not what ${what} needs`,
        help: `This adapter does not support it: ${error.message}.`,
        icon: <IconCircleDashed size={18} />,
      };
    default:
      return { title: `Could not show ${what}`, help: error.message, icon: warning };
  }
}
