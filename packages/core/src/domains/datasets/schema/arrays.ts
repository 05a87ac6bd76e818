import type { Keyword } from "./keyword.ts";
import { evaluate, fail, type SchemaNode, type Seen, test } from "./node.ts";
import { allDiffer, atLeast, atMost, sized } from "./values.ts";

const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : undefined);

/**
 * The items by position and the rest: `prefixItems` and `items` since 2020-12, an array of `items` and `additionalItems`
 * before. Both forms are accepted everywhere.
 */
const items: Keyword = (_value, context) => {
  const { schema, compile } = context;
  const older = Array.isArray(schema.items);
  const list = older ? schema.items : schema.prefixItems;
  if (list !== undefined && !Array.isArray(list)) throw context.invalid("prefixItems that is no array");
  const prefix = ((list as unknown[] | undefined) ?? []).map((sub, index) =>
    compile(sub, older ? "items" : "prefixItems", index),
  );
  const restName = older ? "additionalItems" : "items";
  const rest: SchemaNode | undefined = schema[restName] === undefined ? undefined : compile(schema[restName], restName);
  const isClosed = schema[restName] === false;

  return (value, place, run, seen) => {
    if (!Array.isArray(value)) return true;
    let valid = true;
    for (let i = 0; i < value.length; i++) {
      const node = prefix[i] ?? rest;
      if (!node) break;
      const at = { parent: place, key: i };
      if (i >= prefix.length && isClosed) valid = fail(run, at, restName, "is not allowed");
      else if (!evaluate(node, value[i], at, run, undefined)) valid = false;
      seen?.items.add(i);
      if (!valid && (run.quiet > 0 || run.issues.length >= run.limit)) return false;
    }
    return valid;
  };
};

const contains: Keyword = (schema, context) => {
  const { minContains: least = 1, maxContains: most = Number.POSITIVE_INFINITY } = context.schema;
  if (typeof least !== "number" || typeof most !== "number") throw context.invalid("minContains that is no count");
  const node = context.compile(schema, "contains");
  // Only since 2020-12 are such items evaluated ones.
  const marks = context.dialect === 2020;
  return (value, place, run, seen) => {
    if (!Array.isArray(value)) return true;
    let found = 0;
    for (let i = 0; i < value.length; i++) {
      if (!test(node, value[i], { parent: place, key: i }, run, undefined)) continue;
      found++;
      if (marks) seen?.items.add(i);
    }
    if (found < least) return fail(run, place, "contains", `must contain at least ${least} matching items`);
    return found <= most || fail(run, place, "maxContains", `must contain at most ${most} matching items`);
  };
};

const uniqueItems: Keyword = (wanted) =>
  wanted === true
    ? (value, place, run) =>
        !Array.isArray(value) || allDiffer(value) || fail(run, place, "uniqueItems", "must not have equal items")
    : undefined;

const unevaluatedItems: Keyword = (schema, context) => {
  const node = context.compile(schema, "unevaluatedItems");
  return (value, place, run, seen?: Seen) => {
    if (!Array.isArray(value)) return true;
    let valid = true;
    for (let i = 0; i < value.length; i++) {
      if (seen?.items.has(i)) continue;
      seen?.items.add(i);
      const at = { parent: place, key: i };
      if (schema === false) valid = fail(run, at, "unevaluatedItems", "is not allowed");
      else if (!evaluate(node, value[i], at, run, undefined)) valid = false;
    }
    return valid;
  };
};

export const arrayKeywords: Readonly<Record<string, Keyword>> = {
  items,
  contains,
  uniqueItems,
  minItems: sized("minItems", (least) => `must have at least ${least} items`, lengthOf, atLeast),
  maxItems: sized("maxItems", (most) => `must have at most ${most} items`, lengthOf, atMost),
};

export const unevaluatedArrayKeywords: Readonly<Record<string, Keyword>> = { unevaluatedItems };
