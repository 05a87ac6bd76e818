import { Autocomplete, Group, Pill, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

/** A value that records have, and how many of them. */
export interface Suggestion {
  value: string;
  count: number;
}

export interface FilterField {
  name: string;
  label: string;
  /** Values to choose from; without, any text. */
  options?: readonly string[];
  /** Values that records have and that hold a text, the most frequent first. */
  suggest?: (text: string, signal: AbortSignal) => Promise<Suggestion[]>;
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
  const [isOpen, setOpen] = useState(false);
  const { data: suggestions = [] } = useQuery({
    queryKey: ["suggestions", field.label, value],
    queryFn: ({ signal }) => field.suggest?.(value, signal) ?? [],
    enabled: isOpen,
    staleTime: 60_000,
    // A storage that knows no values leaves the field as it is without.
    retry: false,
  });
  const change = (next: string) => {
    setText(next);
    ask(next);
  };
  const shared = {
    size: "xs",
    w: field.width ?? 180,
    "aria-label": field.label,
    placeholder: field.placeholder ?? field.label,
    value: text,
  };
  if (!field.suggest) {
    return <TextInput {...shared} onChange={({ currentTarget }) => change(currentTarget.value)} />;
  }
  const counts = new Map(suggestions.map(({ value, count }) => [value, count]));
  return (
    <Autocomplete
      {...shared}
      data={[...counts.keys()]}
      renderOption={({ option }) => (
        <Group justify="space-between" gap="xs" wrap="nowrap" w="100%">
          <Text size="xs" truncate>
            {option.value}
          </Text>
          <Text size="xs" c="dimmed">
            {counts.get(option.value)?.toLocaleString()}
          </Text>
        </Group>
      )}
      comboboxProps={{ width: 260, position: "bottom-start" }}
      onDropdownOpen={() => setOpen(true)}
      onChange={change}
    />
  );
}
