import { canonicalJson, jsonEqual } from "../../../engine/json.ts";
import { formats } from "./formats.ts";
import type { Keyword } from "./keyword.ts";
import { type Check, fail, isObject } from "./node.ts";
import { compilePattern } from "./patterns.ts";

const types = ["null", "boolean", "object", "array", "number", "string", "integer"];

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

const type: Keyword = (wanted, context) => {
  const names = (Array.isArray(wanted) ? wanted : [wanted]) as string[];
  if (names.length === 0 || !names.every((name) => types.includes(name))) throw context.invalid("an unknown type");
  const wantsInteger = names.includes("integer");
  return (value, place, run) => {
    const name = typeOf(value);
    if (names.includes(name) || (wantsInteger && Number.isInteger(value))) return true;
    return fail(run, place, "type", `must be ${names.join(" or ")}, not ${name}`);
  };
};

const enumeration: Keyword = (wanted, context) => {
  if (!Array.isArray(wanted)) throw context.invalid("enum that is no array");
  const scalars = new Set(wanted.filter((member) => typeof member !== "object" || member === null));
  const others = wanted.filter((member) => typeof member === "object" && member !== null);
  return (value, place, run) =>
    scalars.has(value) ||
    others.some((member) => jsonEqual(member, value)) ||
    fail(run, place, "enum", `must be one of ${printed(wanted)}`);
};

const constant: Keyword = (wanted) => (value, place, run) =>
  jsonEqual(wanted, value) || fail(run, place, "const", `must be ${printed(wanted)}`);

/** A limit that only numbers are measured against. */
const numeric =
  (code: string, words: string, holds: (value: number, limit: number) => boolean): Keyword =>
  (limit, context) => {
    if (typeof limit !== "number") throw context.invalid(`${code} that is no number`);
    return (value, place, run) =>
      typeof value !== "number" || holds(value, limit) || fail(run, place, code, `must be ${words} ${limit}`);
  };

/** Before draft 6 the exclusive forms were flags beside the limits. */
const limit =
  (code: string, flag: string, words: string, holds: (value: number, limit: number) => boolean): Keyword =>
  (value, context) =>
    context.schema[flag] === true && typeof value === "number"
      ? numeric(code, words, (a, b) => holds(a, b) && a !== b)(value, context)
      : numeric(code, words, holds)(value, context);

const exclusive =
  (code: string, words: string, holds: (value: number, limit: number) => boolean): Keyword =>
  (value, context) =>
    typeof value === "boolean" ? undefined : numeric(code, words, holds)(value, context);

const multipleOf: Keyword = (divisor, context) => {
  if (typeof divisor !== "number" || !(divisor > 0)) throw context.invalid("multipleOf that is no positive number");
  return (value, place, run) =>
    typeof value !== "number" ||
    isMultiple(value, divisor) ||
    fail(run, place, "multipleOf", `must be a multiple of ${divisor}`);
};

/** Exact in decimal notation, where `0.3 / 0.1` is not. */
function isMultiple(value: number, divisor: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(divisor)) return value % divisor === 0;
  const [a, aExponent] = decimal(value);
  const [b, bExponent] = decimal(divisor);
  const shift = aExponent - bExponent;
  return shift >= 0 ? (a * 10n ** BigInt(shift)) % b === 0n : a % (b * 10n ** BigInt(-shift)) === 0n;
}

function decimal(value: number): [coefficient: bigint, exponent: number] {
  const [digits = "0", exponent = "0"] = Math.abs(value).toString().split("e");
  const fraction = digits.split(".")[1] ?? "";
  return [BigInt(digits.replace(".", "")), Number(exponent) - fraction.length];
}

/** Length in code points, counted only as far as needed. */
function codePoints(value: string): number {
  let count = 0;
  for (let i = 0; i < value.length; i++, count++) {
    const unit = value.charCodeAt(i);
    const next = value.charCodeAt(i + 1);
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) i++;
  }
  return count;
}

/** A limit on how many there are of something in values of one kind. */
export const sized =
  (
    code: string,
    message: (limit: number) => string,
    sizeOf: (value: unknown) => number | undefined,
    holds: (size: number, limit: number) => boolean,
  ): Keyword =>
  (limit, context) => {
    if (typeof limit !== "number" || !(limit >= 0)) throw context.invalid(`${code} that is no count`);
    return (value, place, run) => {
      const size = sizeOf(value);
      return size === undefined || holds(size, limit) || fail(run, place, code, message(limit));
    };
  };

export const atLeast = (size: number, limit: number) => size >= limit;
export const atMost = (size: number, limit: number) => size <= limit;
const lengthOf = (value: unknown) => (typeof value === "string" ? codePoints(value) : undefined);

const pattern: Keyword = (source, context) => {
  if (typeof source !== "string") throw context.invalid("a pattern that is no string");
  const matches = compilePattern(source);
  return (value, place, run) =>
    typeof value !== "string" || matches(value) || fail(run, place, "pattern", `must match ${source}`);
};

const format: Keyword = (name): Check | undefined => {
  const holds = typeof name === "string" && Object.hasOwn(formats, name) ? formats[name] : undefined;
  // An unknown format is an annotation, as JSON Schema has it.
  if (!holds) return undefined;
  return (value, place, run) =>
    typeof value !== "string" || holds(value) || fail(run, place, "format", `must be a valid ${name as string}`);
};

export const valueKeywords: Readonly<Record<string, Keyword>> = {
  type,
  enum: enumeration,
  const: constant,
  minimum: limit("minimum", "exclusiveMinimum", ">=", (value, least) => value >= least),
  maximum: limit("maximum", "exclusiveMaximum", "<=", (value, most) => value <= most),
  exclusiveMinimum: exclusive("exclusiveMinimum", ">", (value, bound) => value > bound),
  exclusiveMaximum: exclusive("exclusiveMaximum", "<", (value, bound) => value < bound),
  multipleOf,
  minLength: sized("minLength", (least) => `must have at least ${least} characters`, lengthOf, atLeast),
  maxLength: sized("maxLength", (most) => `must have at most ${most} characters`, lengthOf, atMost),
  pattern,
  format,
};

/** Whether all members of a list differ: 1 and 1.0 are equal, 1 and true are not. */
export function allDiffer(list: readonly unknown[]): boolean {
  const seen = new Set<unknown>();
  for (const item of list) {
    const key =
      isObject(item) || Array.isArray(item) ? canonicalJson(item) : typeof item === "string" ? `"${item}` : item;
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

function printed(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
