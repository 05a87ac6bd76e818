import { type EngineValue, StorageError, type StoredRecord } from "@stowage/core/engine";
import type { Layout } from "./layout.ts";

/**
 * The columns of a record as one text, for databases that keep a record in one value. JSON texts stand in it as they are,
 * behind a JSON header with everything else, so that no JSON is encoded twice and none is parsed before core parses it:
 *
 * `=<length of the header>:[[[column, value], …], [[JSON column, length], …]]<JSON texts>`
 *
 * The mark in front keeps clients that guess at types from taking it for something else. Nulls are left out. Columns that the layout does not know go with the rest.
 */
export function packRow(layout: Layout, row: Readonly<Record<string, EngineValue | undefined>>): string {
  const values: [string, unknown][] = [];
  const lengths: [string, number][] = [];
  let texts = "";
  for (const [column, value] of Object.entries(row)) {
    if (value === null || value === undefined || column === "_rev") continue;
    if (layout.columns[column]?.type === "json" && (value as string).isWellFormed()) {
      lengths.push([column, (value as string).length]);
      texts += value;
    } else values.push([column, typeof value === "bigint" ? value.toString() : value]);
  }
  const header = JSON.stringify([values, lengths]);
  return `=${header.length}:${header}${texts}`;
}

/** The row again, every column of the layout in it. @throws StorageError `corrupt` for a text that {@link packRow} did not make. */
export function unpackRow(layout: Layout, text: string, rev: number): StoredRecord {
  const colon = text.indexOf(":");
  let at = colon + 1 + Number(text.slice(1, colon));
  const [values, lengths] = headerOf(layout, text, colon, at);
  const row: Record<string, EngineValue> = { _rev: rev };
  for (const column of layout.columnNames) row[column] = null;
  for (const [column, value] of values) {
    row[column] = layout.columns[column]?.type === "bigint" ? BigInt(value as string) : value;
  }
  for (const [column, length] of lengths) row[column] = text.slice(at, (at += length));
  return row as StoredRecord;
}

type Header = [values: [string, EngineValue][], lengths: [string, number][]];

/** The packed row with some of its columns, for what passes rows on: it needs no layout. */
export function narrowRow(text: string, columns: ReadonlySet<string>): string {
  const colon = text.indexOf(":");
  let at = colon + 1 + Number(text.slice(1, colon));
  const [values, lengths] = headerOf(undefined, text, colon, at);
  let texts = "";
  for (const [column, length] of lengths) {
    if (columns.has(column)) texts += text.slice(at, at + length);
    at += length;
  }
  const has = ([column]: readonly [string, unknown]) => columns.has(column);
  const header = JSON.stringify([values.filter(has), lengths.filter(has)]);
  return `=${header.length}:${header}${texts}`;
}

function headerOf(layout: Layout | undefined, text: string, colon: number, end: number): Header {
  try {
    if (text.startsWith("=")) return JSON.parse(text.slice(colon + 1, end)) as Header;
  } catch {
    // Whatever it is, it is told below without what is in it.
  }
  const details = layout && { table: layout.table.name };
  throw new StorageError("a stored row cannot be decoded", { code: "corrupt", ...(details && { details }) });
}
