import { type ColumnType, type EngineValue, isoText, orderedBigint, orderedHex } from "@stowage/core/engine";
import { escapeText, unescapeText } from "./text.ts";

/** How values of one type of column are kept, asked for and compared. `sql` is an expression that is not null. */
export interface Storage {
  /** The type in ClickHouse, nulls apart. */
  readonly type: string;
  /** What a read asks for, as a number, text or boolean of JSON. */
  select(sql: string): string;
  decode(value: unknown): EngineValue;
  /** The value in a row of an insert. */
  encode(value: EngineValue): unknown;
  /** The type of a parameter, the value it gets, and what the parameter is to be wrapped in to compare with a column. */
  readonly parameter: string;
  bind(value: EngineValue): unknown;
  wrap(parameter: string): string;
  /** A text whose order, and that of tuples put together from such texts, is the order of the values. */
  place(sql: string): string;
  placeOf(value: EngineValue): string;
}

const same = (sql: string) => sql;
const asIs = (value: unknown) => value as EngineValue;

/** Parts of text end in U+0000, which no key holds. */
const textPlace = { place: (sql: string) => `concat(${sql}, '\\0')` };

const signBit = "9223372036854775808";
const hex16 = (bits: string) => `leftPad(lower(hex(${bits})), 16, '0')`;
const orderedInteger = (value: EngineValue) =>
  (BigInt.asUintN(64, BigInt(value as number)) ^ (1n << 63n)).toString(16).padStart(16, "0");
const milliseconds = (sql: string) => `toUnixTimestamp64Milli(${sql})`;
const instant = (sql: string) => `fromUnixTimestamp64Milli(${sql}, 'UTC')`;

const float = new DataView(new ArrayBuffer(8));
function bitsOf(value: number): bigint {
  float.setFloat64(0, value);
  return float.getBigUint64(0);
}

const firstInstant = Date.UTC(1900, 0, 1);
/** Instants from here on are the same as seconds, whatever their digits look like, and shorter. */
const firstPlain = Date.UTC(2002, 0, 1);
const lastInstant = Date.UTC(2262, 0, 1);

/** Instants that ClickHouse knows as dates are written as such, others as seconds, which it takes without regard to its calendar. */
function instantText(value: number): string {
  if (value >= firstPlain && value < lastInstant) return String(value / 1000);
  if (value >= firstInstant && value < lastInstant) {
    return isoText(value).slice(0, -1).replace("T", " ");
  }
  const distance = Math.abs(value);
  const fraction = String(distance % 1000).padStart(3, "0");
  return `${value < 0 ? "-" : ""}${Math.floor(distance / 1000)}.${fraction}`;
}

function bigintOf(text: string): bigint {
  const digits = text.slice(9);
  return text.startsWith("1") ? BigInt(digits) : -BigInt(digits.replace(/\d/g, (digit) => String(9 - Number(digit))));
}

/** The storage of each type. Nothing of it depends on settings of the server or of the user. */
export const storages: Readonly<Record<ColumnType, Storage>> = {
  text: {
    type: "String",
    select: same,
    decode: (value) => unescapeText(value as string),
    encode: (value) => escapeText(value as string),
    parameter: "String",
    bind: (value) => escapeText(value as string),
    wrap: same,
    ...textPlace,
    placeOf: (value) => `${escapeText(value as string)}\0`,
  },
  json: {
    type: "String",
    select: same,
    decode: asIs,
    encode: asIs,
    parameter: "String",
    bind: asIs,
    wrap: same,
    ...textPlace,
    placeOf: (value) => `${value}\0`,
  },
  timestamp: {
    type: "DateTime64(3, 'UTC')",
    select: milliseconds,
    decode: asIs,
    encode: (value) => instantText(value as number),
    parameter: "Int64",
    bind: asIs,
    wrap: instant,
    place: (sql) => hex16(`bitXor(reinterpretAsUInt64(${milliseconds(sql)}), ${signBit})`),
    placeOf: orderedInteger,
  },
  integer: {
    type: "Int64",
    select: same,
    decode: asIs,
    encode: asIs,
    parameter: "Int64",
    bind: asIs,
    wrap: same,
    place: (sql) => hex16(`bitXor(reinterpretAsUInt64(${sql}), ${signBit})`),
    placeOf: orderedInteger,
  },
  // Any size and the right order: length, then digits.
  bigint: {
    type: "String",
    select: same,
    decode: (value) => bigintOf(value as string),
    encode: (value) => orderedBigint(value as bigint),
    parameter: "String",
    bind: (value) => orderedBigint(value as bigint),
    wrap: same,
    ...textPlace,
    placeOf: (value) => `${orderedBigint(value as bigint)}\0`,
  },
  float: {
    type: "Float64",
    select: same,
    decode: asIs,
    encode: asIs,
    // As bits: how exactly a decimal number is read is a matter of settings.
    parameter: "UInt64",
    bind: (value) => bitsOf(value as number),
    wrap: (parameter) => `reinterpretAsFloat64(${parameter})`,
    place(sql) {
      const bits = `reinterpretAsUInt64(${sql})`;
      return hex16(`if(bitShiftRight(${bits}, 63) = 1, bitNot(${bits}), bitXor(${bits}, ${signBit}))`);
    },
    placeOf: (value) => orderedHex(value as number),
  },
  boolean: {
    type: "Bool",
    select: same,
    decode: asIs,
    encode: asIs,
    parameter: "Bool",
    bind: asIs,
    wrap: same,
    place: (sql) => `if(${sql}, '1', '0')`,
    placeOf: (value) => (value ? "1" : "0"),
  },
};
