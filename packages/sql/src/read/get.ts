import type { Get, Key } from "@stowage/core/engine";
import type { SqlValue, Statement } from "../connection.ts";
import { TableMapping } from "../mapping.ts";
import type { StoredRecord } from "../row-reader.ts";
import { type Reading, settled } from "./reading.ts";

/** Records by key: one lookup for one key, one statement with a list for many. */
export function readByKeys(mapping: TableMapping, op: Get, maxKeys: number): Reading {
  const reader = mapping.reader(op.columns);
  const places: number[] = [];
  op.keys.forEach((key, index) => {
    if (key.every(TableMapping.canMatch)) places.push(index);
  });
  const found = new Array<StoredRecord | undefined>(op.keys.length).fill(undefined);
  const keys = places.map((place) => storedKey(mapping, op.keys[place] as Key));

  if (keys.length === 1 || keys.some((key) => !travels(mapping, key))) {
    const sql = mapping.statement(`get/${reader.selected}`, () => one(mapping, reader.selected));
    return settled(
      keys.map((args) => ({ sql, args })),
      (answers) => {
        answers.forEach((rows, index) => {
          if (rows[0]) found[places[index] as number] = reader.read(rows[0]);
        });
        return { rows: found };
      },
    );
  }
  const sql = mapping.statement(`gets/${reader.selected}`, () => many(mapping, reader.list));
  const width = reader.list.length;
  const statements: Statement[] = [];
  for (let from = 0; from < keys.length; from += maxKeys) {
    const list = keys.slice(from, from + maxKeys);
    statements.push({
      sql,
      args: [JSON.stringify(mapping.table.key.length === 1 ? list.map(([part]) => part) : list)],
    });
  }
  return settled(statements, (answers) => {
    answers.forEach((rows, part) => {
      for (const row of rows) found[places[part * maxKeys + (row[width] as number)] as number] = reader.read(row);
    });
    return { rows: found };
  });
}

const storedKey = (mapping: TableMapping, key: Key): SqlValue[] =>
  mapping.table.key.map((name, part) => mapping.compared(mapping.column(name), key[part] ?? null));

const travels = (mapping: TableMapping, key: readonly SqlValue[]): boolean =>
  mapping.table.key.every((name, part) => mapping.column(name).storage.throughJson && typeof key[part] !== "bigint");

/** The condition that names one record by its key. */
export const keyCondition = (mapping: TableMapping): string =>
  mapping.table.key.map((name) => `${mapping.column(name).quoted} = ?`).join(" AND ");

function one(mapping: TableMapping, selected: string): string {
  return `SELECT ${selected} FROM ${mapping.quoted} WHERE ${keyCondition(mapping)}`;
}

/** The list comes first and drives the lookups; `CROSS JOIN` keeps a planner from turning that round. */
function many(mapping: TableMapping, list: readonly string[]): string {
  const { jsonItems } = mapping.dialect;
  const { key } = mapping.table;
  const on = key.map(
    (name, part) => `t.${mapping.column(name).quoted} = ${jsonItems.item(key.length === 1 ? undefined : part)}`,
  );
  const columns = list.map((column) => `t.${column}`);
  return `SELECT ${columns.join(", ")}, ${jsonItems.position} FROM ${jsonItems.from} CROSS JOIN ${mapping.quoted} AS t WHERE ${on.join(" AND ")}`;
}
