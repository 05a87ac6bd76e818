import { type Column, type EngineValue, orderedBigint, StorageError } from "@stowage/core/engine";
import { parseOrderedBigint } from "../bigint.ts";
import type { SqlValue } from "../connection.ts";
import type { ColumnStorage } from "../dialect.ts";
import { escapeText, unescapeText } from "../text.ts";
import { decodeText, encodeText, shorten } from "./text.ts";

/** A column of SQL Server. */
export interface MssqlStorage extends ColumnStorage {
  /** What JSON text is read as on its way into the column. */
  readonly incoming: string;
  /** Most bytes of the column in an index entry. */
  readonly bytes: number;
  /** A string as it lies in the column, and the whole of it where that is too long. Absent: nothing is cut. */
  readonly split?: (value: EngineValue) => { readonly short: string; readonly long: string | null };
  /** A number that travels as mantissa and exponent, as the database's reading of text may be off in the last bit. */
  readonly isFloat?: boolean;
  /** A string, whose comparisons have to name the collation. */
  readonly isText?: boolean;
  /** An instant, read as milliseconds, so that no setting of the driver matters. */
  readonly isInstant?: boolean;
}

/** Of no culture; by UTF-16 unit, case and accents apart. */
export const collation = "Latin1_General_100_BIN2";

/** The column that holds the whole of what is too long for the column of this name. */
export const longName = (name: string): string => `${name}__long`;

/** Units of a string that takes part in an index: four such columns fit the 1,700 bytes of an entry. */
const keyWidth = 200;
const textWidth = 400;

const firstInstant = Date.parse("0001-01-01T00:00:00.000Z");
const lastInstant = Date.parse("9999-12-31T23:59:59.999Z");
const isInstant = (value: EngineValue) =>
  Number.isSafeInteger(value) && (value as number) >= firstInstant && (value as number) <= lastInstant;

/** ISO with a `T` and no zone, which SQL Server reads the same in every language. */
function instantText(milliseconds: number): string {
  if (isInstant(milliseconds)) return new Date(milliseconds).toISOString().slice(0, 23);
  throw new StorageError("SQL Server keeps instants of the years 1 to 9999", {
    code: "invalid_argument",
    details: { milliseconds },
  });
}

const asText = (value: EngineValue) => typeof value === "string";

/** Strings in a column of so many units. */
function strings(
  width: number,
  digest: (text: string) => string,
  codec: { encode(value: EngineValue): string; decode(stored: string): EngineValue },
): Omit<MssqlStorage, "ordered" | "accepts"> {
  const split = (value: EngineValue) => shorten(encodeText(codec.encode(value)), width, digest);
  return {
    type: `NVARCHAR(${width}) COLLATE ${collation}`,
    incoming: `NVARCHAR(${width})`,
    bytes: 2 * width,
    isText: true,
    split,
    encode: (value) => split(value).short,
    decode: (stored) => codec.decode(decodeText(stored as string)),
    throughJson: true,
  };
}

/** The storage of columns; `digest` stands for strings that are too long, so it must tell any two apart, in 43 characters. */
export function mssqlStorage(digest: (text: string) => string): (column: Column, indexed: boolean) => MssqlStorage {
  const same = { encode: (value: EngineValue) => value as string, decode: (stored: string) => stored };
  const escaped = { encode: (value: EngineValue) => escapeText(value as string), decode: unescapeText };
  const digits = { encode: (value: EngineValue) => orderedBigint(value as bigint), decode: parseOrderedBigint };
  const storages = {
    // Strings of keys and paths are checked when they are written, so they need no escape.
    key: { ...strings(keyWidth, digest, same), ordered: true, accepts: asText },
    text: { ...strings(textWidth, digest, escaped), ordered: false, accepts: asText },
    bigint: { ...strings(keyWidth, digest, digits), ordered: true, accepts: (value) => typeof value === "bigint" },
    json: {
      type: `NVARCHAR(MAX) COLLATE ${collation}`,
      incoming: "NVARCHAR(MAX)",
      bytes: Number.POSITIVE_INFINITY,
      isText: true,
      ordered: false,
      throughJson: true,
      accepts: asText,
    },
    integer: {
      ...{ type: "BIGINT", incoming: "BIGINT", bytes: 8 },
      ...{ ordered: true, throughJson: true, accepts: (value) => Number.isSafeInteger(value) },
    },
    timestamp: {
      ...{ type: "DATETIME2(3)", incoming: "DATETIME2(3)", bytes: 7, isInstant: true },
      encode: (value) => instantText(value as number),
      ...{ ordered: true, throughJson: true, accepts: isInstant },
    },
    boolean: {
      ...{ type: "BIT", incoming: "BIT", bytes: 1 },
      // As text, since a number would make the database convert the column.
      encode: (value): SqlValue => (value ? "1" : "0"),
      decode: (stored) => stored !== 0,
      ...{ ordered: true, throughJson: true, accepts: (value) => typeof value === "boolean" },
    },
    float: {
      ...{ type: "FLOAT(53)", incoming: "BIGINT", bytes: 8, isFloat: true },
      ...{ ordered: true, throughJson: false, accepts: (value) => typeof value === "number" },
    },
  } as const satisfies Record<string, MssqlStorage>;
  return ({ type }, indexed) => (type === "text" && indexed ? storages.key : storages[type]);
}
