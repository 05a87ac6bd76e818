import { Group, Pill, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";

export interface FilterField {
  name: string;
  label: string;
  /** Values to choose from; without, any text. */
  options?: readonly string[];
  placeholder?: string;
  width?: number;
}

interface FilterBarProps {
  fields: readonly FilterField[];
  values: Readonly<Record<string, string | undefined>>;
  onChange: (values: Record<string, string | undefined>) => void;
}

/** Fields to filter a list by, and a chip for each filter that is set. */
export function FilterBar({ fields, values, onChange }: FilterBarProps) {
  const set = (name: string, value: string | undefined) => onChange({ ...values, [name]: value || undefined });
  const active = fields.filter(({ name }) => values[name]);
  return (
    <Group gap="xs" data-filter role="search">
      {fields.map((field) =>
        field.options ? (
          <Select
            key={field.name}
            size="xs"
            w={field.width ?? 150}
            aria-label={field.label}
            placeholder={field.placeholder ?? field.label}
            data={[...field.options]}
            value={values[field.name] ?? null}
            onChange={(value) => set(field.name, value ?? undefined)}
            clearable
            clearButtonProps={{ "aria-label": `Clear ${field.label}` }}
          />
        ) : (
          <FilterText
            key={field.name}
            field={field}
            value={values[field.name]}
            onChange={(value) => set(field.name, value)}
          />
        ),
      )}
      {active.map(({ name, label }) => (
        <Pill
          key={name}
          withRemoveButton
          onRemove={() => set(name, undefined)}
          removeButtonProps={{ "aria-label": `Remove the filter ${label}`, "aria-hidden": false, tabIndex: 0 }}
        >
          {label}: {values[name]}
        </Pill>
      ))}
    </Group>
  );
}

interface FilterTextProps {
  field: FilterField;
  value: string | undefined;
  onChange: (value: string) => void;
}

/** Asks the server when typing pauses, not at each key. */
function FilterText({ field, value = "", onChange }: FilterTextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const ask = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      size="xs"
      w={field.width ?? 180}
      aria-label={field.label}
      placeholder={field.placeholder ?? field.label}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        ask(currentTarget.value);
      }}
    />
  );
}
