import { StorageError } from "../errors.ts";
import type { EngineValue } from "./column.ts";
import type { Table } from "./table.ts";

/**
 * Encodes a tuple as a printable string whose UTF-8 byte order is the order of the tuples (see `compareTuples`); for engines
 * whose keys are strings. Each part carries a type mark, is escaped so that it can hold any character, and ends in `!`,
 * which sorts below everything an escaped part can hold. No two tuples share an encoding.
 */
export function encodeTuple(parts: readonly EngineValue[]): string {
  let result = "";
  for (const part of parts) result += `${encodePart(part)}!`;
  return result;
}

function encodePart(part: EngineValue): string {
  switch (typeof part) {
    case "string":
      return `s${escapeText(part)}`;
    case "number":
      return `n${orderedHex(part)}`;
    case "bigint":
      return `i${orderedBigint(part)}`;
    case "boolean":
      return part ? "b1" : "b0";
    default:
      return "0";
  }
}

/** Characters up to `"` become `"` and two hex digits, which sort as the characters did and above the end mark `!`. */
function escapeText(value: string): string {
  return value.replace(/[\0-"]/g, (character) => `"${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

const buffer = new DataView(new ArrayBuffer(8));

/** A double as 16 hex digits in the order of the numbers: the sign bit flipped, all bits when negative. Minus zero is zero. */
export function orderedHex(value: number): string {
  buffer.setFloat64(0, value === 0 ? 0 : value);
  const bits = buffer.getBigUint64(0);
  const ordered = bits >> 63n === 1n ? bits ^ 0xffff_ffff_ffff_ffffn : bits ^ 0x8000_0000_0000_0000n;
  return ordered.toString(16).padStart(16, "0");
}

/** A bigint as length and digits, complemented when negative, so that texts sort as the numbers do. */
export function orderedBigint(value: bigint): string {
  if (value >= 0n) {
    const digits = value.toString();
    return `1${digits.length.toString(16).padStart(8, "0")}${digits}`;
  }
  const digits = (-value).toString();
  const complement = digits.replace(/\d/g, (digit) => String(9 - Number(digit)));
  return `0${(0xffff_ffff - digits.length).toString(16).padStart(8, "0")}${complement}`;
}

/** A readable form of a key for error details; long parts are cut. */
export function describeKey(key: readonly EngineValue[]): string {
  return key.map((part) => (String(part).length > 200 ? `${String(part).slice(0, 200)}…` : String(part))).join(", ");
}

/**
 * Refuses a string that cannot be part of a key, unique key or path on every engine: one with U+0000 or lone surrogates.
 *
 * @throws StorageError `invalid_argument` naming table and column; the value is in the details only as far as it is printable.
 */
export function checkKeyText(table: Table, column: string, value: string): void {
  const reason = value.includes("\0") ? "holds U+0000" : value.isWellFormed() ? undefined : "holds a lone surrogate";
  if (reason) {
    throw new StorageError(`${column} cannot be used as a key: it ${reason}`, {
      code: "invalid_argument",
      status: "INVALID_INPUT",
      details: { table: table.name, column, reason },
    });
  }
}
