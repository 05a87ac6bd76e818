import { Button, Group, Pill, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ColumnShape, RecordCondition } from "../../api/records.ts";
import { operatorsOf, sentenceOf } from "./conditions.ts";

interface ConditionBarProps {
  columns: readonly ColumnShape[];
  conditions: readonly RecordCondition[];
  onChange: (conditions: RecordCondition[]) => void;
}

/** A condition to add on any column, and a chip for each that is set. */
export function ConditionBar({ columns, conditions, onChange }: ConditionBarProps) {
  const [name, setName] = useState<string | null>(null);
  const [op, setOp] = useState<RecordCondition["op"]>("is");
  const [value, setValue] = useState("");
  const column = columns.find((column) => column.name === name);
  const operators = column ? operatorsOf(column) : [];
  const known = operators.some((operator) => operator.value === op) ? op : (operators[0]?.value ?? "is");
  const isComplete = column !== undefined && (known === "absent" || value.trim() !== "");
  const add = () => {
    if (!column || !isComplete) return;
    const condition = { column: column.name, op: known, ...(known !== "absent" && { value: value.trim() }) };
    onChange([...conditions.filter((old) => sentenceOf(old) !== sentenceOf(condition)), condition]);
    setValue("");
  };
  return (
    <Group gap="xs" data-filter role="search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Group gap="xs">
          <Select
            size="xs"
            w={170}
            aria-label="Column"
            placeholder="Column"
            searchable
            data={columns.map((column) => column.name)}
            value={name}
            onChange={setName}
          />
          <Select
            size="xs"
            w={120}
            aria-label="Condition"
            data={operators}
            value={column ? known : null}
            disabled={!column}
            allowDeselect={false}
            onChange={(next) => setOp((next ?? "is") as RecordCondition["op"])}
          />
          {known !== "absent" && (
            <TextInput
              size="xs"
              w={190}
              aria-label="Value"
              placeholder={column?.type === "timestamp" ? "2026-01-31T12:00Z" : "Value"}
              value={value}
              disabled={!column}
              onChange={({ currentTarget }) => setValue(currentTarget.value)}
            />
          )}
          <Button type="submit" size="xs" variant="default" disabled={!isComplete}>
            Add condition
          </Button>
        </Group>
      </form>
      {conditions.map((condition) => (
        <Pill
          key={sentenceOf(condition)}
          withRemoveButton
          onRemove={() => onChange(conditions.filter((other) => other !== condition))}
          removeButtonProps={{
            "aria-label": `Remove the condition ${sentenceOf(condition)}`,
            "aria-hidden": false,
            tabIndex: 0,
          }}
        >
          {sentenceOf(condition)}
        </Pill>
      ))}
    </Group>
  );
}
