import { StorageError } from "../errors.ts";
import type { ColumnType, EngineValue } from "./column.ts";
import { canonicalJson } from "./json.ts";
import type { Find } from "./operations.ts";
import { pathOf } from "./table.ts";

/**
 * An opaque cursor: format number, hash of the walk's shape, and the values of the path's order columns in the last row
 * that was looked at. `null` and bigints keep their kinds.
 */
export function encodeCursor(op: Find, row: Readonly<Record<string, unknown>>): string {
  const values = pathOf(op.table, op.path).order.map((column) => pack(row[column] as EngineValue));
  return toBase64Url(JSON.stringify([1, shapeOf(op), values]));
}

/**
 * The position a cursor stands for: values of the path's order columns, to go on strictly after in walk direction.
 *
 * @throws StorageError `invalid_argument` when the text is no cursor or belongs to a walk of another shape.
 */
export function decodeCursor(op: Find): EngineValue[] {
  const refuse = (why: string, cause?: unknown) =>
    new StorageError(`the cursor ${why}`, {
      code: "invalid_argument",
      status: "INVALID_CURSOR",
      details: { table: op.table.name, path: op.path },
      cause,
    });
  let content: unknown;
  try {
    content = JSON.parse(fromBase64Url(op.cursor ?? ""));
  } catch (cause) {
    throw refuse("cannot be read", cause);
  }
  if (!Array.isArray(content) || content[0] !== 1 || !Array.isArray(content[2])) throw refuse("cannot be read");
  if (content[1] !== shapeOf(op)) throw refuse("belongs to another query");
  const { order } = pathOf(op.table, op.path);
  const values: readonly unknown[] = content[2];
  if (values.length !== order.length) throw refuse("cannot be read");
  return order.map((column, index) => {
    const value = unpack(values[index]);
    if (typeof value !== kinds[op.table.columns[column]?.type ?? "json"]) throw refuse("cannot be read");
    return value;
  });
}

/** What a value of each type is in JavaScript; no column of an order is null. */
const kinds: Readonly<Record<ColumnType, string>> = {
  text: "string",
  json: "string",
  timestamp: "number",
  integer: "number",
  float: "number",
  bigint: "bigint",
  boolean: "boolean",
};

const shapes = new WeakMap<Find, string>();

/** A 53-bit hash of everything that decides which rows a walk has and in which order. */
function shapeOf(op: Find): string {
  let shape = shapes.get(op);
  if (shape === undefined) {
    const { table, path, eq = {}, range, direction = "asc", filter } = op;
    const text = JSON.stringify([table.name, path, direction, canonicalJson({ eq, range, filter })]);
    shape = hash(text);
    shapes.set(op, shape);
  }
  return shape;
}

/** cyrb53, enough to tell query shapes of one caller apart; it is no protection against forgery. */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

const pack = (value: EngineValue) => (typeof value === "bigint" ? { i: value.toString() } : value);

function unpack(value: unknown): EngineValue {
  if (typeof value !== "object" || value === null) return value as EngineValue;
  const { i: digits } = value as { i?: unknown };
  return typeof digits === "string" && /^-?\d+$/.test(digits) ? BigInt(digits) : null;
}

function toBase64Url(content: string): string {
  const bytes = new TextEncoder().encode(content);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(content: string): string {
  const binary = atob(content.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
