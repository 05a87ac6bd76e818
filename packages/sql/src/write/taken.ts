import type { Patch, Put, UniqueKey } from "@stowage/core/engine";
import type { SqlValue } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { keyCondition } from "../read/get.ts";
import { keyOfOp, storedKey } from "./change.ts";

/** A condition that holds when another record has a value of a unique key which a change is about to take. */
export interface Taken {
  readonly unique: string;
  readonly condition: string;
  readonly args: readonly SqlValue[];
}

/** What a change takes of the unique keys of its table, as conditions to test right before it. */
export function takenBy(mapping: TableMapping, op: Put | Patch): Taken[] {
  return mapping.table.unique.flatMap((unique) => {
    const given: Readonly<Record<string, unknown>> = op.op === "put" ? op.row : (op.set ?? {});
    const kept = new Set<string>(op.op === "put" ? (op.keep ?? []) : []);
    const isGiven = (column: string) => given[column] !== undefined && !kept.has(column);
    const asNew = other(mapping, unique, () => true, given, keyOfOp(op));
    const changed = other(mapping, unique, isGiven, given, keyOfOp(op));
    const name = unique.name;
    if (op.op === "patch") return unique.columns.some(isGiven) ? [{ unique: name, ...changed }] : [];
    // A stored row is left alone by a skip, and keeps the values of columns that an upsert keeps.
    const stays = op.mode === "skip";
    if (!stays && unique.columns.every(isGiven)) return [{ unique: name, ...asNew }];
    const absent = `NOT EXISTS (SELECT 1 FROM ${mapping.quoted} WHERE ${keyCondition(mapping)})`;
    const asInserted = {
      condition: `(${absent} AND ${asNew.condition})`,
      args: [...storedKey(mapping, keyOfOp(op)), ...asNew.args],
    };
    if (stays) return [{ unique: name, ...asInserted }];
    return [
      {
        unique: name,
        condition: `(${asInserted.condition} OR ${changed.condition})`,
        args: [...asInserted.args, ...changed.args],
      },
    ];
  });
}

/** Whether a record of another key has these values; columns that are not given come from the stored record of this key. */
function other(
  mapping: TableMapping,
  { columns }: UniqueKey,
  isGiven: (column: string) => boolean,
  given: Readonly<Record<string, unknown>>,
  key: ReturnType<typeof keyOfOp>,
): { condition: string; args: SqlValue[] } {
  const own = storedKey(mapping, key);
  const values: SqlValue[] = [];
  const conditions = columns.map((name) => {
    const column = mapping.column(name);
    if (!isGiven(name)) return `o.${column.quoted} = me.${column.quoted}`;
    values.push(mapping.stored(column, (given[name] ?? null) as SqlValue));
    return `o.${column.quoted} = ?`;
  });
  const same = (alias: string) =>
    mapping.table.key.map((name) => `${alias}.${mapping.column(name).quoted} = ?`).join(" AND ");
  if (columns.every(isGiven)) {
    const condition = `EXISTS (SELECT 1 FROM ${mapping.quoted} AS o WHERE ${conditions.join(" AND ")} AND NOT (${same("o")}))`;
    return { condition, args: [...values, ...own] };
  }
  const from = `${mapping.quoted} AS me JOIN ${mapping.quoted} AS o ON ${conditions.join(" AND ")}`;
  const condition = `EXISTS (SELECT 1 FROM ${from} WHERE ${same("me")} AND NOT (${same("o")}))`;
  return { condition, args: [...values, ...own, ...own] };
}
