import { Table } from "@mantine/core";

/** Keeps the place of rows out of sight, in a table of so many columns. */
export function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  );
}

/** A column whose width does not follow what is in it, in pixels; one without takes the rest. */
export interface Head {
  readonly label: string;
  readonly width: number | undefined;
}

/** The columns of a table of which only the rows in sight are drawn. */
export function Heads({ heads, height }: { heads: readonly Head[]; height: number }) {
  return (
    <>
      <colgroup>
        {heads.map(({ label, width }) => (
          <col key={label} style={{ width }} />
        ))}
      </colgroup>
      <Table.Thead>
        <Table.Tr h={height} aria-rowindex={1}>
          {heads.map(({ label }) => (
            <Table.Th key={label} scope="col">
              {label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
    </>
  );
}
