import type { Keyword, KeywordContext } from "./keyword.ts";
import { branch, type Check, evaluate, fail, isObject, merge, type SchemaNode, test } from "./node.ts";
import { compilePattern, type Pattern } from "./patterns.ts";
import { atLeast, atMost, sized } from "./values.ts";

const countOf = (value: unknown) => (isObject(value) ? Object.keys(value).length : undefined);

const required: Keyword = (names, context) => {
  // Draft 3 had a flag here; it says nothing about this value.
  if (typeof names === "boolean") return undefined;
  const wanted = textList(names, "required", context);
  return (value, place, run) => {
    if (!isObject(value)) return true;
    let valid = true;
    for (const name of wanted) {
      if (Object.hasOwn(value, name)) continue;
      valid = fail(run, { parent: place, key: name }, "required", "is required");
    }
    return valid;
  };
};

/** `properties`, `patternProperties` and `additionalProperties` belong together: the last is for what the others leave. */
const properties: Keyword = (_value, context) => {
  const { schema } = context;
  const named = new Map<string, SchemaNode>();
  for (const [name, sub] of entries(schema.properties, "properties", context)) {
    named.set(name, context.compile(sub, "properties", name));
  }
  const patterned: [Pattern, SchemaNode][] = [];
  for (const [source, sub] of entries(schema.patternProperties, "patternProperties", context)) {
    patterned.push([compilePattern(source), context.compile(sub, "patternProperties", source)]);
  }
  const additional =
    schema.additionalProperties === undefined
      ? undefined
      : context.compile(schema.additionalProperties, "additionalProperties");
  const isClosed = schema.additionalProperties === false;

  return (value, place, run, seen) => {
    if (!isObject(value)) return true;
    let valid = true;
    for (const key of Object.keys(value)) {
      const at = { parent: place, key };
      const node = named.get(key);
      let isKnown = node !== undefined;
      if (node && !evaluate(node, value[key], at, run, undefined)) valid = false;
      for (const [matches, sub] of patterned) {
        if (!matches(key)) continue;
        isKnown = true;
        if (!evaluate(sub, value[key], at, run, undefined)) valid = false;
      }
      if (!isKnown && isClosed) valid = fail(run, at, "additionalProperties", "is not allowed");
      else if (!isKnown && additional && !evaluate(additional, value[key], at, run, undefined)) valid = false;
      if (isKnown || additional) seen?.properties.add(key);
      if (!valid && (run.quiet > 0 || run.issues.length >= run.limit)) return false;
    }
    return valid;
  };
};

const propertyNames: Keyword = (schema, context) => {
  const node = context.compile(schema, "propertyNames");
  return (value, place, run) =>
    !isObject(value) ||
    Object.keys(value).every(
      (key) =>
        test(node, key, undefined, run, undefined) ||
        fail(run, { parent: place, key }, "propertyNames", "has a name that is not allowed"),
    );
};

const dependentRequired: Keyword = (map, context) => {
  const rules = entries(map, "dependentRequired", context).map(
    ([name, list]) => [name, textList(list, "dependentRequired", context)] as const,
  );
  return (value, place, run) => {
    if (!isObject(value)) return true;
    for (const [name, wanted] of rules) {
      const missing = Object.hasOwn(value, name) ? wanted.find((other) => !Object.hasOwn(value, other)) : undefined;
      if (missing !== undefined) {
        return fail(run, { parent: place, key: missing }, "dependentRequired", `is required beside ${name}`);
      }
    }
    return true;
  };
};

const dependentSchemas: Keyword = (map, context) => {
  const rules = entries(map, "dependentSchemas", context).map(
    ([name, schema]) => [name, context.compile(schema, "dependentSchemas", name)] as const,
  );
  return dependents(rules);
};

/** The older form of both: a list of names or a schema. */
const dependencies: Keyword = (map, context) => {
  const rules = entries(map, "dependencies", context);
  const lists = Object.fromEntries(rules.filter(([, rule]) => Array.isArray(rule)));
  const names = dependentRequired(lists, context) as Check;
  const schemas = dependents(
    rules
      .filter(([, rule]) => !Array.isArray(rule))
      .map(([name, rule]) => [name, context.compile(rule, "dependencies", name)] as const),
  );
  return (value, place, run, seen) => names(value, place, run, seen) && schemas(value, place, run, seen);
};

function dependents(rules: readonly (readonly [name: string, node: SchemaNode])[]): Check {
  return (value, place, run, seen) => {
    if (!isObject(value)) return true;
    let valid = true;
    for (const [name, node] of rules) {
      if (!Object.hasOwn(value, name)) continue;
      const own = branch(seen);
      if (evaluate(node, value, place, run, own)) merge(seen, own);
      else valid = false;
    }
    return valid;
  };
}

const unevaluatedProperties: Keyword = (schema, context) => {
  const node = context.compile(schema, "unevaluatedProperties");
  return (value, place, run, seen) => {
    if (!isObject(value)) return true;
    let valid = true;
    for (const key of Object.keys(value)) {
      if (seen?.properties.has(key)) continue;
      seen?.properties.add(key);
      const at = { parent: place, key };
      if (schema === false) valid = fail(run, at, "unevaluatedProperties", "is not allowed");
      else if (!evaluate(node, value[key], at, run, undefined)) valid = false;
    }
    return valid;
  };
};

function entries(map: unknown, keyword: string, context: KeywordContext): [string, unknown][] {
  if (map === undefined) return [];
  if (!isObject(map)) throw context.invalid(`${keyword} that is no object`);
  return Object.entries(map);
}

function textList(list: unknown, keyword: string, context: KeywordContext): string[] {
  if (!Array.isArray(list) || !list.every((name) => typeof name === "string")) {
    throw context.invalid(`${keyword} that is no list of names`);
  }
  return list as string[];
}

export const objectKeywords: Readonly<Record<string, Keyword>> = {
  required,
  properties,
  propertyNames,
  minProperties: sized("minProperties", (least) => `must have at least ${least} properties`, countOf, atLeast),
  maxProperties: sized("maxProperties", (most) => `must have at most ${most} properties`, countOf, atMost),
  dependentRequired,
  dependentSchemas,
  dependencies,
};

export const unevaluatedObjectKeywords: Readonly<Record<string, Keyword>> = { unevaluatedProperties };
