import { Accordion, Group, Text } from "@mantine/core";
import type { PropsWithChildren, ReactNode } from "react";

interface FoldProps {
  title: string;
  /** Beside the title: a size, a state. */
  note?: ReactNode;
  isOpen?: boolean;
}

/** Something that is shown when asked for. Its content is drawn only then. */
export function Fold({ title, note, isOpen = false, children }: PropsWithChildren<FoldProps>) {
  return (
    <Accordion
      variant="contained"
      chevronPosition="left"
      chevronSize={14}
      defaultValue={isOpen ? "it" : null}
      keepMounted={false}
      transitionDuration={0}
    >
      <Accordion.Item value="it">
        <Accordion.Control py={2}>
          <Group gap="xs">
            <Text size="sm" fw={500}>
              {title}
            </Text>
            {typeof note === "string" ? (
              <Text size="xs" c="dimmed">
                {note}
              </Text>
            ) : (
              note
            )}
          </Group>
        </Accordion.Control>
        <Accordion.Panel>{children}</Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
