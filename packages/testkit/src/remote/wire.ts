import {
  ConflictError,
  isConflict,
  isStorageError,
  type Refusal,
  StorageError,
  type Table,
} from "@stowage/core/engine";

/** What JSON has no word for: bigints, undefined, numbers that it rounds, and tables, which travel once and then by number. */
type Tagged = readonly ["bigint" | "number", string] | readonly ["undefined"] | readonly ["table", number];
interface Tag {
  readonly $tag: Tagged;
}

const isTable = (value: object): value is Table => "columnNames" in value && "paths" in value;
const tag = (...$tag: Tagged): Tag => ({ $tag });

/** A value as JSON keeps it. `numberOf` is asked for the number of each table in it. */
export function toWire(value: unknown, numberOf: (table: Table) => number): unknown {
  switch (typeof value) {
    case "bigint":
      return tag("bigint", String(value));
    case "undefined":
      return tag("undefined");
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : tag("number", Object.is(value, -0) ? "-0" : String(value));
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => toWire(item, numberOf));
  if (isTable(value)) return tag("table", numberOf(value));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toWire(item, numberOf)]));
}

/** The value again. */
export function fromWire(value: unknown, tableOf: (number: number) => Table): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => fromWire(item, tableOf));
  if ("$tag" in value) {
    const [kind, content] = (value as Tag).$tag;
    if (kind === "bigint") return BigInt(content);
    if (kind === "number") return Number(content);
    return kind === "table" ? tableOf(content) : undefined;
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fromWire(item, tableOf)]));
}

/** What an engine looks at in a table. */
export const describeTable = ({ columns, ...table }: Table): object => ({
  ...table,
  adopt: undefined,
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, { type, isNullable }]) => [name, { type, isNullable }]),
  ),
});

/** An error as JSON keeps it. */
export type WireError =
  | { readonly refusal: Refusal }
  | { readonly stored: ReturnType<StorageError["toJSON"]> & { readonly status: string; readonly cause: string } }
  | { readonly name: string; readonly message: string };

export function toWireError(error: unknown): WireError {
  if (isConflict(error)) return { refusal: error.refusal };
  if (isStorageError(error)) {
    return { stored: { ...error.toJSON(), status: error.statusWord, cause: String(error.cause ?? "") } };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message };
}

export function fromWireError(error: WireError): Error {
  if ("refusal" in error) return new ConflictError(error.refusal);
  if ("stored" in error) {
    const { message, code, status, category, details, retry, cause } = error.stored;
    return new StorageError(message, {
      code,
      status,
      category,
      details,
      retry,
      ...(cause && { cause: new Error(cause) }),
    });
  }
  return error.name === "TypeError" ? new TypeError(error.message) : new Error(`${error.name}: ${error.message}`);
}
