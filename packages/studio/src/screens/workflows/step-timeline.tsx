import { Table, Text, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { StateBadge } from "../../components/state-badge.tsx";
import { duration } from "../../components/time.tsx";
import type { TimelineStep } from "./steps.ts";
import "./step-timeline.css";

interface StepTimelineProps {
  steps: readonly TimelineStep[];
  selected: string | undefined;
  onToggle: (id: string) => void;
  /** What opens below the selected step; `null` for a step that has not begun. */
  detailOf: (id: string) => ReactNode;
}

/** Every step with its time on one axis; the selected one opens in place. */
export function StepTimeline({ steps, selected, onToggle, detailOf }: StepTimelineProps) {
  const starts = steps.flatMap(({ start }) => start ?? []);
  const ends = steps.flatMap(({ start, end }) => end ?? start ?? []);
  const from = Math.min(...starts);
  const total = Math.max(Math.max(...ends) - from, 1);
  if (steps.length === 0) return <Text c="dimmed">This run has no steps yet.</Text>;
  return (
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
            detail={selected === entry.id ? detailOf(entry.id) : undefined}
            onToggle={() => onToggle(entry.id)}
          />
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface StepRowsProps {
  entry: TimelineStep;
  /** Percent of the run's time; `undefined` for a step that has not begun. */
  left: number | undefined;
  width: number;
  /** Shown below; `undefined` while the step is not selected. */
  detail: ReactNode;
  onToggle: () => void;
}

function StepRows({ entry, left, width, detail, onToggle }: StepRowsProps) {
  const isOpen = detail !== undefined;
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
          <Table.Td colSpan={5}>{detail}</Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
