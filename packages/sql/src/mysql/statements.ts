import { revision, type TableMapping } from "../mapping.ts";
import { keyCondition } from "../read/get.ts";
import { physical } from "../write/change.ts";

/** Fails with an error of arithmetic, which no setting of the server turns into a warning, unless the condition is false. */
export const failIf = (condition: string): string => `18446744073709551615 + (${condition})`;

/** Fails unless the statement before it changed one row. */
export const changedOne = `SELECT ${failIf("row_count() <> 1")}`;

/** All physical columns, the revision last. */
export const columnList = (mapping: TableMapping): string =>
  [...mapping.columns.flatMap(physical), mapping.dialect.quote(revision)].join(", ");

const row = (mapping: TableMapping): string =>
  `(${new Array(mapping.columns.flatMap(physical).length + 1).fill("?").join(", ")})`;

/** Inserts so many rows; a taken key is an error of the database. */
export const insertAll = (mapping: TableMapping, rows: number): string =>
  mapping.statement(`insert/${rows}`, () => {
    const list = new Array(rows).fill(row(mapping)).join(", ");
    return `INSERT INTO ${mapping.quoted} (${columnList(mapping)}) VALUES ${list}`;
  });

/** Inserts one row where a condition holds. */
export const insertWhere = (mapping: TableMapping, condition: string): string =>
  mapping.statement(`insert/where/${condition}`, () => {
    const values = row(mapping).slice(1, -1);
    return `INSERT INTO ${mapping.quoted} (${columnList(mapping)}) SELECT ${values} FROM DUAL WHERE ${condition}`;
  });

/**
 * Inserts so many rows, or replaces those stored but for the columns kept. `next` is what becomes of a replaced row's revision:
 * `given` what the new row says, `greater` more than both have, `told` the same and told to the client.
 *
 * Every unique key makes a row a stored one here, so a table that has some beside its key must not come this way, unless
 * `checked`: then a row found by another key fails.
 */
export const upsertAll = (
  mapping: TableMapping,
  rows: number,
  {
    keep = [],
    next,
    checked = false,
  }: { keep?: readonly string[]; next: "given" | "greater" | "told"; checked?: boolean },
): string =>
  mapping.statement(`upsert/${rows}/${next}/${checked}/${keep.join()}`, () => {
    const { dialect, quoted, table } = mapping;
    const rev = dialect.quote(revision);
    const greater = `greatest(${quoted}.${rev}, VALUES(${rev})) + 1`;
    const other = table.key
      .map((name) => mapping.column(name).quoted)
      .map((key) => `${quoted}.${key} <> VALUES(${key})`);
    const check = checked ? `0 * (${failIf(other.join(" OR "))}) + ` : "";
    const revisions = { given: `VALUES(${rev})`, greater, told: `last_insert_id(${greater})` };
    const sets = mapping.columns
      .filter(({ name }) => !keep.includes(name) && !(table.key as readonly string[]).includes(name))
      .flatMap(physical)
      .map((name) => `${name} = VALUES(${name})`);
    const updates = [...sets, `${rev} = ${check}${revisions[next]}`].join(", ");
    return `${insertAll(mapping, rows)} ON DUPLICATE KEY UPDATE ${updates}`;
  });

/** The revisions of so many records, each behind its key. */
export const revisionsOf = (mapping: TableMapping, records: number): string =>
  mapping.statement(`revisions/${records}`, () => {
    const { dialect, quoted, table } = mapping;
    const keys = table.key.map((name) => mapping.column(name).quoted).join(", ");
    const tuple = `(${table.key.map(() => "?").join(", ")})`;
    const list = new Array(records).fill(tuple).join(", ");
    return `SELECT ${dialect.quote(revision)}, ${keys} FROM ${quoted}${dialect.usePrimaryKey} WHERE (${keys}) IN (${list})`;
  });

/** Locks so many records, each with the revision it must have; fails unless all of them are there. */
export const lockAll = (mapping: TableMapping, records: number): string =>
  mapping.statement(`lock/${records}`, () => {
    const { dialect, quoted } = mapping;
    const one = `(${keyCondition(mapping)} AND ${dialect.quote(revision)} = ?)`;
    const any = new Array(records).fill(one).join(" OR ");
    const found = failIf(`count(*) <> ${records}`);
    return `SELECT ${found} FROM ${quoted}${dialect.usePrimaryKey} WHERE ${any} FOR UPDATE`;
  });

/** Removes so many records. */
export const removeAll = (mapping: TableMapping, records: number): string =>
  mapping.statement(`remove/${records}`, () => {
    const keys = mapping.table.key.map((name) => mapping.column(name).quoted).join(", ");
    const tuple = `(${mapping.table.key.map(() => "?").join(", ")})`;
    return `DELETE FROM ${mapping.quoted} WHERE (${keys}) IN (${new Array(records).fill(tuple).join(", ")})`;
  });
