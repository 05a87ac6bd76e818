import { defineTable, float, json, text, timestamp } from "@stowage/core/engine";
import type { PoolLike } from "@stowage/mssql";

/** The table as it should be then. */
export const parts = defineTable(
  "parts",
  { id: text(), at: timestamp(), weight: float().nullable(), text: json().nullable(), kind: text() },
  {
    key: ["id"],
    paths: { byKind: { eq: ["kind"], sort: ["at"] } },
    adopt: (row, place) => ({ kind: `${place} of ${row.id}` }),
  },
);

/** What the other library left, as it is read. */
export const adoptedRows: readonly (readonly unknown[])[] = [
  [1, "a", "2026-01-02T03:04:05.678", "2.5000000000000000e-001", "no json", null],
  [2, "b", "2026-01-02T03:04:05", null, '{"k":[1,2.50]}', null],
];

/** What a request was, with its parameters. */
export interface Asked {
  readonly text: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The table as another library made it: name, type, most bytes, precision and scale of each column. */
const columns: readonly (readonly [string, string, number, number, number])[] = [
  ["id", "nvarchar", 510, 0, 0],
  ["at", "datetime2", 8, 27, 7],
  ["atZ", "datetimeoffset", 10, 34, 7],
  ["weight", "float", 8, 53, 0],
  ["text", "nvarchar", -1, 0, 0],
  ["createdAt", "datetime2", 8, 27, 7],
  ["price", "decimal", 9, 18, 4],
  ["version", "timestamp", 8, 0, 0],
];

/** What it has beside them when it is ours. */
const added = ["id__long", "kind", "kind__long", "_rev"].map((name) => [name, "nvarchar", 400, 0, 0] as const);
const index = ["kind", "at", "id"].map((name) => ["parts", "parts_kind_at_idx", 0, null, name]);

const set = (rows: readonly (readonly unknown[])[]) =>
  Object.assign([...rows], { columns: (rows[0] ?? []).map((_, at) => ({ name: `c${at}`, type: undefined })) });

/**
 * A pool with a table of another library that holds `rows`, given as the reads of it give them. Tells what it was asked, and
 * what befell its transactions; the table is ours once its stamp was written in one that was committed.
 */
export function adoptingPool(rows: readonly (readonly unknown[])[], fails?: (text: string) => Error | undefined) {
  const asked: Asked[] = [];
  const ends: string[] = [];
  let isOurs = false;
  const answer = (text: string): readonly (readonly (readonly unknown[])[])[] => {
    if (text.includes("sys.databases")) return [[[1, 0, 160]]];
    if (text.includes("sys.columns")) {
      const found = [...columns, ...(isOurs ? added : [])].map((column) => ["parts", ...column]);
      const stamps = [["stowage_schema", "name", "nvarchar", 400, 0, 0]];
      return [[[1]], [...found, ...stamps], isOurs ? index : [], isOurs ? [["parts", 1]] : []];
    }
    if (text.includes("SELECT TOP (1) 1")) return [[[1]]];
    return text.includes("WHERE p.[stowage_place] >") ? [rows] : [];
  };
  const request = (isWithin: boolean) => () => {
    const inputs: Record<string, unknown> = {};
    return {
      input: (name: string, value: unknown) => {
        inputs[name] = value;
      },
      cancel: () => undefined,
      batch: async () => undefined,
      async query(text: string) {
        asked.push({ text, inputs });
        const failure = isWithin ? fails?.(text) : undefined;
        if (failure) throw failure;
        const isLater = Number(inputs.p1) > 0 && text.includes("WHERE p.[stowage_place] >");
        return { recordsets: isLater ? [set([])] : answer(text).map(set) };
      },
    };
  };
  const pool: PoolLike = {
    ...{ connected: true, request: request(false), connect: async () => undefined, close: async () => undefined },
    transaction: () => ({
      request: request(true),
      begin: async (level) => void ends.push(`begin ${level}`),
      async commit() {
        ends.push("commit");
        isOurs = true;
      },
      rollback: async () => void ends.push("rollback"),
    }),
  };
  return { pool, asked, ends };
}
