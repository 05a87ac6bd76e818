import { ActionIcon, Checkbox, Popover, Stack } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconColumns } from "@tabler/icons-react";
import type { Column } from "./column.ts";

/** The columns of a table that are not shown, remembered in this browser. */
export function useHiddenColumns<T>(id: string, columns: readonly Column<T>[]) {
  const [hidden, setHidden] = useLocalStorage<string[]>({
    key: `stowage.hidden-columns.${id}`,
    defaultValue: columns.filter(({ isHidden }) => isHidden).map(({ id }) => id),
    getInitialValueInEffect: false,
  });
  return { hidden, setHidden };
}

interface ColumnChooserProps<T> {
  columns: readonly Column<T>[];
  hidden: readonly string[];
  onChange: (hidden: string[]) => void;
}

export function ColumnChooser<T>({ columns, hidden, onChange }: ColumnChooserProps<T>) {
  const shown = columns.map(({ id }) => id).filter((id) => !hidden.includes(id));
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <ActionIcon variant="default" aria-label="Columns" title="Columns">
          <IconColumns size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Checkbox.Group
          label="Columns"
          value={shown}
          onChange={(names) => onChange(columns.map(({ id }) => id).filter((id) => !names.includes(id)))}
        >
          <Stack gap="xs" mt="xs">
            {columns.map(({ id, label }) => (
              <Checkbox key={id} value={id} label={label} disabled={shown.length === 1 && shown[0] === id} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}
