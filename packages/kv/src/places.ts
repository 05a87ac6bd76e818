import { compareText, type EngineValue, encodeTuple } from "@stowage/core/engine";
import { sha256 } from "./sha256.ts";

const encoder = new TextEncoder();

/** Sorts above everything that may follow a whole number of encoded parts. */
const beyondAll = "~";

/**
 * One value as a part of a key: texts whose UTF-8 order is the order of the values, none the beginning of another. A part
 * longer than `maxBytes` keeps its beginning and has the rest hashed: it is told apart from every other, and stands beside
 * those with the same beginning in an order of its own.
 */
export function encodePart(value: EngineValue, maxBytes = Number.POSITIVE_INFINITY): string {
  const part = encodeTuple([typeof value === "string" && !value.isWellFormed() ? escapeLone(value) : value]);
  if (part.length * 3 <= maxBytes) return part;
  const bytes = encoder.encode(part);
  if (bytes.length <= maxBytes) return part;
  const kept = new TextDecoder().decode(bytes.subarray(0, maxBytes - 68)).replace(/\ufffd+$/, "");
  return `${kept}"~${sha256(bytes)}!`;
}

/** UTF-8 has no lone surrogates. No such text is stored in a key, but one may be asked for, and must not find another. */
const escapeLone = (text: string): string =>
  text.replace(/\p{Surrogate}/gu, (unit) => `\0${unit.charCodeAt(0).toString(16)}`);

/** A tuple of values, see {@link encodePart}. */
export function encodeParts(values: readonly EngineValue[], maxBytes?: number): string {
  let result = "";
  for (const value of values) result += encodePart(value, maxBytes);
  return result;
}

/** The smallest text above every place that begins with these parts. */
export const beyond = (parts: string): string => parts + beyondAll;

/** The greater of two bounds, of which either may be open. */
export function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareText(a, b) > 0 ? a : b;
}

/** The smaller of two bounds, of which either may be open. */
export function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareText(a, b) < 0 ? a : b;
}

/** Base64 digits in the order of their characters. */
const digits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const digitOf = new Map(Array.from(digits, (digit, value) => [digit, value]));

/**
 * A place turned round, for databases that walk forwards only: the texts sort in the opposite order of the places. A third
 * longer than the place in UTF-8.
 */
export function reversed(place: string): string {
  let result = "";
  let bits = 0;
  let width = 0;
  for (const byte of encoder.encode(place)) {
    bits = (bits << 8) | (255 - byte);
    width += 8;
    while (width >= 6) result += digits[(bits >>> (width -= 6)) & 63];
    bits &= 63;
  }
  return width > 0 ? result + digits[(bits << (6 - width)) & 63] : result;
}

/** The place that {@link reversed} was given. */
export function unreversed(text: string): string {
  const bytes: number[] = [];
  let bits = 0;
  let width = 0;
  for (const digit of text) {
    bits = (bits << 6) | (digitOf.get(digit) as number);
    width += 6;
    if (width >= 8) bytes.push(255 - ((bits >>> (width -= 8)) & 255));
    bits &= 255;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
