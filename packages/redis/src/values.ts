import type { Column, EngineValue } from "@stowage/core/engine";
import type { Layout } from "@stowage/kv";

/** Stands before and after every packed column, and in none of them. */
const unit = "\u001f";

/** Whether a column has a field of its own: JSON, which is long as a rule, and not always asked for. */
export const standsAlone = ({ columns }: Layout, column: string): boolean => columns[column]?.type === "json";

/** Columns as one field, `<column>:<value>` each, nulls left out: what most of a server's time goes to is the number of fields. */
export function packColumns(
  layout: Layout,
  row: Readonly<Record<string, EngineValue>>,
  columns: readonly string[],
): string {
  let packed = unit;
  for (const column of columns) {
    const value = row[column] ?? null;
    if (value !== null && !standsAlone(layout, column)) packed += `${column}:${toField(value)}${unit}`;
  }
  return packed;
}

/** Sets those packed columns that `row` has. */
export function unpackColumns({ columns }: Layout, packed: string, row: Record<string, EngineValue>): void {
  for (let at = 1; at < packed.length; ) {
    const colon = packed.indexOf(":", at);
    const end = packed.indexOf(unit, colon);
    const column = packed.slice(at, colon);
    if (Object.hasOwn(row, column)) row[column] = fromField(columns[column] as Column, packed.slice(colon + 1, end));
    at = end + 1;
  }
}

/**
 * A value as a hash field holds it. Texts begin with a mark: without one, clients that guess at types would make a number of
 * `123` and an object of `{}`. `~` stands before a text that UTF-8 or the packed columns cannot hold, as JSON.
 */
export function toField(value: Exclude<EngineValue, null>): string {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() && !value.includes(unit) ? `=${value}` : `~${JSON.stringify(value)}`;
    case "bigint":
      return `=${value}`;
    case "boolean":
      return value ? "1" : "0";
    default:
      return String(value);
  }
}

/** The value of a field; clients may have made a number of one. */
export function fromField({ type }: Column, field: unknown): EngineValue {
  if (field === null || field === undefined) return null;
  switch (type) {
    case "text":
    case "json":
      return textOf(String(field));
    case "bigint":
      return BigInt(String(field).slice(1));
    case "boolean":
      return String(field) === "1";
    default:
      return Number(field);
  }
}

const textOf = (field: string): string =>
  field.startsWith("~") ? (JSON.parse(field.slice(1)) as string) : field.slice(1);
