import type { EngineValue } from "./column.ts";

/**
 * Compares strings by code point, which equals the order of their UTF-8 bytes. JavaScript's `<` compares UTF-16 units and
 * puts U+E000…U+FFFF above the characters beyond U+FFFF.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const xHigh = x >= 0xd800 && x <= 0xdfff;
      const yHigh = y >= 0xd800 && y <= 0xdfff;
      if (xHigh !== yHigh && x >= 0xd800 && y >= 0xd800) return xHigh ? 1 : -1;
      return x < y ? -1 : 1;
    }
  }
  return a.length < b.length ? -1 : 1;
}

/** Orders two values of one column: text by code point, false before true, null before everything. */
export function compareValues(a: EngineValue, b: EngineValue): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === "string") return compareText(a, b as string);
  return a < (b as number | bigint | boolean) ? -1 : a > (b as number | bigint | boolean) ? 1 : 0;
}

/** Orders two tuples part by part; a tuple that is a prefix of the other is equal to it. */
export function compareTuples(a: readonly EngineValue[], b: readonly EngineValue[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(a[i] as EngineValue, b[i] as EngineValue);
    if (order !== 0) return order;
  }
  return 0;
}
