import { Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";
import { JsonView } from "../../components/json-view.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { duration, Time } from "../../components/time.tsx";
import type { TimelineStep } from "./steps.ts";
import "./step-timeline.css";

interface StepTimelineProps {
  steps: readonly TimelineStep[];
  selected: string | undefined;
  onSelect: (id: string | undefined) => void;
}

/** Every step with its time on one axis; the selected one opens in place. */
export function StepTimeline({ steps, selected, onSelect }: StepTimelineProps) {
  const starts = steps.flatMap(({ start }) => start ?? []);
  const ends = steps.flatMap(({ start, end }) => end ?? start ?? []);
  const from = Math.min(...starts);
  const total = Math.max(Math.max(...ends) - from, 1);
  if (steps.length === 0) return <Text c="dimmed">This run has no steps yet.</Text>;
  return (
    <section aria-label="Steps">
      <Title order={2} size="h5" mb="xs">
        Steps
      </Title>
      <Table layout="fixed" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="26%">Step</Table.Th>
            <Table.Th w={120}>State</Table.Th>
            <Table.Th w={110}>Duration</Table.Th>
            <Table.Th w={80}>Passes</Table.Th>
            <Table.Th>Time</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {steps.map((entry) => (
            <StepRows
              key={entry.id}
              entry={entry}
              left={entry.start === undefined ? undefined : ((entry.start - from) / total) * 100}
              width={(((entry.end ?? from + total) - (entry.start ?? from)) / total) * 100}
              isOpen={selected === entry.id}
              onToggle={() => onSelect(selected === entry.id ? undefined : entry.id)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

interface StepRowsProps {
  entry: TimelineStep;
  /** Percent of the run's time; `undefined` for a step that has not begun. */
  left: number | undefined;
  width: number;
  isOpen: boolean;
  onToggle: () => void;
}

function StepRows({ entry, left, width, isOpen, onToggle }: StepRowsProps) {
  const { id, status, start, end, attempts, step } = entry;
  return (
    <>
      <Table.Tr data-active={isOpen || undefined}>
        <Table.Td>
          <UnstyledButton fz="sm" onClick={onToggle} aria-expanded={isOpen} disabled={step === undefined}>
            {id}
          </UnstyledButton>
        </Table.Td>
        <Table.Td>
          <StateBadge state={status} />
        </Table.Td>
        <Table.Td>{start !== undefined && end !== undefined ? duration(end - start) : "–"}</Table.Td>
        <Table.Td>{attempts || "–"}</Table.Td>
        <Table.Td className="step-time">
          {left !== undefined && (
            <span className="step-bar" data-state={status} style={{ left: `${left}%`, width: `${width}%` }} />
          )}
        </Table.Td>
      </Table.Tr>
      {isOpen && step && (
        <Table.Tr>
          <Table.Td colSpan={5}>
            <Stack gap="xs">
              <Text size="sm" c="dimmed" component="div">
                <Time value={start} /> – <Time value={end} />
              </Text>
              <JsonView value={step} label={`Step ${id}`} />
            </Stack>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
