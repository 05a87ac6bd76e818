import { ActionIcon, Button, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconTerminal2 } from "@tabler/icons-react";

interface CopyTextProps {
  text: string;
  label: string;
  /** Default: a button with its label. */
  compact?: boolean;
}

/** Puts a text on the clipboard. */
export function CopyText({ text, label, compact = false }: CopyTextProps) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) =>
        compact ? (
          <Tooltip label={copied ? "Copied" : label}>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={copy}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        ) : (
          <Button
            variant="default"
            size="xs"
            leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            onClick={copy}
          >
            {copied ? "Copied" : label}
          </Button>
        )
      }
    </CopyButton>
  );
}

/** The request behind a screen, for a terminal. */
export function CopyCurl({ curl }: { curl: string }) {
  return (
    <CopyButton value={curl}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : "Copy as curl"}>
          <ActionIcon variant="default" aria-label="Copy as curl" onClick={copy}>
            {copied ? <IconCheck size={16} /> : <IconTerminal2 size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
