import { Checkbox, Group, Progress, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import {
  type ColumnDef,
  columnVisibilityFeature,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import type { List } from "../api/list.ts";
import { usePreferences } from "../app/preferences.ts";
import { rememberTrail } from "../app/trail.ts";
import type { Column, Sort } from "./column.ts";
import { ColumnChooser, useHiddenColumns } from "./column-chooser.tsx";
import { CopyCurl } from "./copy-text.tsx";
import { Download } from "./download.tsx";
import { Empty, Failed, Loading } from "./states.tsx";
import { useRowKeys } from "./use-row-keys.ts";
import { Spacer } from "./virtual-rows.tsx";

export interface DataTableProps<T> {
  /** Under this name the chosen columns are remembered. */
  id: string;
  /** What the rows are, as in "threads". */
  what: string;
  list: List<T>;
  columns: readonly Column<T>[];
  rowId: (row: T) => string;
  /** Address of a row's own screen. */
  hrefOf?: (row: T) => string;
  onOpen?: (row: T) => void;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  empty: { title: string; help?: ReactNode; snippet?: string };
  /** Given while a filter is set. */
  clear?: (() => void) | undefined;
  selection?: { ids: ReadonlySet<string>; onChange: (ids: ReadonlySet<string>) => void };
  /** Stands at the left, above the table. */
  toolbar?: ReactNode;
}

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
const heights = { comfortable: 38, compact: 28 };

/** A list of the server as a table: only the rows in sight are drawn, and more are fetched when they come into sight. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { id, what, list, columns, rowId, hrefOf, onOpen, empty, clear, selection, toolbar } = props;
  const { hidden, setHidden } = useHiddenColumns(id, columns);
  const { density } = usePreferences();
  const height = heights[density];
  const frame = useRef<HTMLDivElement>(null);

  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, T> => ({
          id: column.id,
          header: column.label,
          accessorFn: column.text,
          cell: ({ row }) => column.cell?.(row.original) ?? column.text(row.original) ?? "–",
        }),
      ),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: list.rows,
    getRowId: rowId,
    state: {
      columnVisibility: Object.fromEntries(hidden.map((name) => [name, false])),
      rowSelection: selectionOf(selection?.ids),
    },
    onRowSelectionChange: (update) => {
      const old = selectionOf(selection?.ids);
      const next = typeof update === "function" ? update(old) : update;
      selection?.onChange(new Set(Object.keys(next).filter((name) => next[name])));
    },
  });
  const { rows } = table.getRowModel();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: 12,
  });
  const visible = virtual.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  const { hasMore, isLoadingMore, loadMore } = list;
  useEffect(() => {
    if (hasMore && !isLoadingMore && rows.length > 0 && last >= rows.length - 20) loadMore();
  }, [last, rows.length, hasMore, isLoadingMore, loadMore]);

  useEffect(() => {
    if (hrefOf) rememberTrail(list.rows.map(hrefOf));
  }, [list.rows, hrefOf]);
  const active = useRowKeys({
    count: rows.length,
    show: (index) => virtual.scrollToIndex(index),
    open: (index) => {
      const row = list.rows[index];
      if (row) onOpen?.(row);
    },
  });

  const byId = new Map(columns.map((column) => [column.id, column]));
  const before = visible[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (visible.at(-1)?.end ?? 0);
  const widths = table.getVisibleLeafColumns().map((column) => byId.get(column.id)?.width ?? 160);
  const span = widths.length + (selection ? 1 : 0);

  return (
    <>
      <Group justify="space-between" gap="xs">
        <Group gap="xs">{toolbar}</Group>
        <Group gap="xs">
          <Text size="sm" c="dimmed" aria-live="polite">
            {list.total === undefined ? "" : `${list.total.toLocaleString()} ${what}`}
          </Text>
          <ColumnChooser columns={columns} hidden={hidden} onChange={setHidden} />
          <Download name={id} columns={columns} everyRow={list.everyRow} />
          <CopyCurl curl={list.curl} />
        </Group>
      </Group>
      {list.error && <Failed what={`the ${what}`} error={list.error} retry={list.reload} />}
      {list.isPending && !list.error && <Loading />}
      {!list.isPending && rows.length === 0 && !list.error && <Empty {...empty} {...(clear && { clear })} />}
      {rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll what overflows.
        <section ref={frame} className="table-frame fill" aria-label={what} tabIndex={0}>
          {list.isStale && <Progress value={100} animated size={2} aria-label="Loading" pos="sticky" top={0} />}
          <Table
            stickyHeader
            highlightOnHover
            verticalSpacing={0}
            miw={widths.reduce((sum, width) => sum + width, 0)}
            aria-rowcount={list.total ?? -1}
          >
            <colgroup>
              {selection && <col style={{ width: 40 }} />}
              {widths.map((width, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns keep their place.
                <col key={index} style={{ width }} />
              ))}
            </colgroup>
            <Table.Thead>
              {table.getHeaderGroups().map((group) => (
                <Table.Tr key={group.id} h={height}>
                  {selection && (
                    <Table.Th>
                      <Checkbox
                        size="xs"
                        aria-label={`Select all ${what} shown`}
                        checked={table.getIsAllRowsSelected()}
                        indeterminate={table.getIsSomeRowsSelected()}
                        onChange={table.getToggleAllRowsSelectedHandler()}
                      />
                    </Table.Th>
                  )}
                  {group.headers.map((header) => (
                    <HeadCell key={header.id} column={byId.get(header.column.id) as Column<T>} {...props} />
                  ))}
                </Table.Tr>
              ))}
            </Table.Thead>
            <Table.Tbody>
              <Spacer height={before} columns={span} />
              {visible.map(({ index }) => {
                const row = rows[index];
                if (!row) return null;
                return (
                  <Table.Tr
                    key={row.id}
                    h={height}
                    aria-rowindex={index + 2}
                    data-open={onOpen ? true : undefined}
                    data-active={active === index || undefined}
                    aria-current={active === index || undefined}
                    onClick={(event) => {
                      // Links, boxes and selected text in a row are not the row.
                      if ((event.target as HTMLElement).closest("a, button, input, label")) return;
                      if (!getSelection()?.toString()) onOpen?.(row.original);
                    }}
                  >
                    {selection && (
                      <Table.Td>
                        <Checkbox
                          size="xs"
                          aria-label={`Select ${row.id}`}
                          checked={row.getIsSelected()}
                          onChange={row.getToggleSelectedHandler()}
                        />
                      </Table.Td>
                    )}
                    {row.getVisibleCells().map((cell) => (
                      <Table.Td key={cell.id} ta={byId.get(cell.column.id)?.isNumber ? "right" : undefined}>
                        <table.FlexRender cell={cell} />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                );
              })}
              <Spacer height={after} columns={span} />
            </Table.Tbody>
          </Table>
        </section>
      )}
    </>
  );
}

const selectionOf = (ids: Iterable<string> = []): Record<string, true> =>
  Object.fromEntries([...ids].map((id) => [id, true as const]));

interface HeadCellProps<T> extends Pick<DataTableProps<T>, "sort" | "onSort"> {
  column: Column<T>;
}

function HeadCell<T>({ column, sort, onSort }: HeadCellProps<T>) {
  const { label, sortField, isNumber } = column;
  const align = isNumber ? "right" : undefined;
  if (!sortField || !onSort) return <Table.Th ta={align}>{label}</Table.Th>;
  const direction = sort === sortField ? "ascending" : sort === `-${sortField}` ? "descending" : "none";
  return (
    <Table.Th ta={align} aria-sort={direction}>
      <UnstyledButton
        fz="inherit"
        fw="inherit"
        onClick={() => onSort(direction === "descending" ? sortField : `-${sortField}`)}
      >
        {label}
        {direction === "ascending" && <IconArrowUp size={12} aria-hidden />}
        {direction === "descending" && <IconArrowDown size={12} aria-hidden />}
      </UnstyledButton>
    </Table.Th>
  );
}
