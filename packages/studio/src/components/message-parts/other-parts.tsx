import { Alert, Anchor, Divider, Paper, Text } from "@mantine/core";
import { IconAlertCircle, IconLink } from "@tabler/icons-react";
import { JsonView } from "../json-view.tsx";
import { type Part, textOf } from "./part.ts";

/** A thin rule where a step of an agent begins. */
export function StepPart() {
  return <Divider variant="dashed" label="step" labelPosition="left" />;
}

/** A source that an answer names. */
export function SourcePart({ part }: { part: Part }) {
  const source = (typeof part.source === "object" && part.source ? part.source : part) as Part;
  const url = textOf(source, "url");
  return (
    <Text size="sm" component="div">
      <IconLink size={12} aria-hidden />{" "}
      {url && /^https?:/i.test(url) ? (
        <Anchor href={url} target="_blank" rel="noopener noreferrer">
          {textOf(source, "title") ?? url}
        </Anchor>
      ) : (
        (textOf(source, "title", "filename") ?? "source")
      )}
    </Text>
  );
}

export function ErrorPart({ part }: { part: Part }) {
  return (
    <Alert variant="default" icon={<IconAlertCircle color="var(--mantine-color-red-6)" />} title="Error">
      {textOf(part, "error", "message", "text", "errorText") ?? JSON.stringify(part)}
    </Alert>
  );
}

/** A part of a kind that has no view of its own: nothing of a message is hidden. */
export function UnknownPart({ part }: { part: Part }) {
  const { type, ...rest } = part;
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed">
        {type}
      </Text>
      <JsonView value={rest} label={type} />
    </Paper>
  );
}
