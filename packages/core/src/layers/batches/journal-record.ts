import { type Column, type ColumnType, integer, json, text } from "../../engine/column.ts";
import { defineTable, type Row, type StoredRow, type Table } from "../../engine/table.ts";
import { StorageError } from "../../errors.ts";
import { type Packed, pack, unpack } from "../pack.ts";
import { packValue, unpackValue } from "../pack-key.ts";
import type { Effect, Values } from "./plan.ts";

/** Where a batch is written before it is applied. One record, shared by all who write to the database. */
export const journalTable = defineTable(
  "stowage_journal",
  {
    id: text(),
    /** The batch that has happened and may not be applied yet; absent when there is none. */
    batch: json().nullable(),
    /** Ids of the last batches, for a writer whose answer was lost. */
    recent: json(),
    number: integer(),
  },
  { key: ["id"] },
);

export type JournalRow = StoredRow<typeof journalTable>;

/** What stands in the journal. */
export interface Entry {
  readonly id: string;
  readonly number: number;
  readonly recent: readonly string[];
  readonly effects: readonly Effect[];
}

/** How many batches the journal remembers by their ids. */
export const remembered = 32;

/** The entry that a batch makes after another one. */
export function nextEntry(last: Omit<Entry, "effects"> | undefined, id: string, effects: readonly Effect[]): Entry {
  const recent = [...(last?.recent ?? []), id].slice(-remembered);
  return { id, number: (last?.number ?? 0) + 1, recent, effects };
}

/** The journal record with a batch to be applied; a long one is deflated. */
export async function pendingRow(entry: Entry, inlineLength: number): Promise<Row<typeof journalTable>> {
  const content = writeBatch(entry);
  const batch = content.length <= inlineLength ? content : JSON.stringify({ packed: await pack(content) });
  return { ...idleRow(entry), batch };
}

/** The journal record once the batch is applied. */
export const idleRow = ({ number, recent }: Omit<Entry, "effects">): Row<typeof journalTable> => ({
  id: "journal",
  batch: null,
  recent: JSON.stringify(recent),
  number,
});

/** What the journal record says of its last batch. */
export function readHead(row: Row<typeof journalTable>): Omit<Entry, "effects"> {
  const recent = JSON.parse(row.recent) as string[];
  return { id: recent.at(-1) ?? "", number: row.number, recent };
}

/** The batch in the journal. @throws StorageError `corrupt` when it cannot be read. */
export async function readEntry(row: Row<typeof journalTable>): Promise<Entry> {
  let content: string | undefined = row.batch ?? '{"tables":{},"effects":[]}';
  if (content.startsWith('{"packed":')) {
    const { packed } = JSON.parse(content) as { packed: Packed };
    content = await unpack(packed.data, packed);
  }
  if (content === undefined) {
    throw new StorageError("the batch in the journal cannot be read", {
      code: "corrupt",
      details: { table: journalTable.name, key: row.id },
    });
  }
  return { ...readHead(row), effects: readBatch(content) };
}

/** A table as a stranger to it needs to know it: whoever finds a batch may serve other domains than its writer. */
interface Declaration {
  readonly columns: readonly (readonly [name: string, type: ColumnType, isNullable: boolean])[];
  readonly key: readonly string[];
  readonly unique: Readonly<Record<string, readonly string[]>>;
  readonly paths: Readonly<Record<string, { eq: readonly string[]; sort: readonly string[]; onDemand: boolean }>>;
  readonly format: number;
}

interface Batch {
  readonly tables: Readonly<Record<string, Declaration>>;
  readonly effects: readonly (readonly [table: string, key: unknown[], rev: number, row: [string, unknown][] | null])[];
}

function writeBatch({ effects }: Entry): string {
  const batch: Batch = {
    tables: Object.fromEntries(effects.map(({ table }) => [table.name, declare(table)])),
    effects: effects.map(({ table, key, rev, row }) => [
      table.name,
      key.map(packValue),
      rev,
      row ? Object.entries(row).map(([column, value]) => [column, packValue(value)]) : null,
    ]),
  };
  return JSON.stringify(batch);
}

function readBatch(content: string): Effect[] {
  const { tables, effects } = JSON.parse(content) as Batch;
  const known = new Map(Object.entries(tables).map(([name, declaration]) => [name, undeclare(name, declaration)]));
  return effects.map(([name, key, rev, row]) => ({
    table: known.get(name) as Table,
    key: key.map(unpackValue),
    rev,
    row: row ? (Object.fromEntries(row.map(([column, value]) => [column, unpackValue(value)])) as Values) : undefined,
  }));
}

const declare = ({ columns, columnNames, key, unique, paths, format }: Table): Declaration => ({
  columns: columnNames.map((name) => [name, (columns[name] as Column).type, (columns[name] as Column).isNullable]),
  key,
  unique: Object.fromEntries(unique.map(({ name, columns }) => [name, columns])),
  paths: Object.fromEntries(Object.values(paths).map(({ name, eq, sort, onDemand }) => [name, { eq, sort, onDemand }])),
  format,
});

const undeclare = (name: string, { columns, ...rest }: Declaration): Table =>
  defineTable(
    name,
    Object.fromEntries(columns.map(([column, type, isNullable]) => [column, { type, isNullable }])),
    rest,
  );
