import type { Keyword, KeywordContext } from "./keyword.ts";
import { branch, evaluate, fail, merge, type SchemaNode, test } from "./node.ts";

const reference: Keyword = (name, context) => {
  if (typeof name !== "string") throw context.invalid("a reference that is no string");
  const node = context.resolve(name);
  return (value, place, run, seen) => {
    const own = branch(seen);
    const valid = evaluate(node, value, place, run, own);
    if (valid) merge(seen, own);
    return valid;
  };
};

const allOf: Keyword = (list, context) => {
  const nodes = compileAll(list, "allOf", context);
  return (value, place, run, seen) => {
    let valid = true;
    for (const node of nodes) {
      const own = branch(seen);
      if (evaluate(node, value, place, run, own)) merge(seen, own);
      else valid = false;
      if (!valid && run.quiet > 0) return false;
    }
    return valid;
  };
};

const anyOf: Keyword = (list, context) => {
  const nodes = compileAll(list, "anyOf", context);
  return (value, place, run, seen) => {
    let valid = false;
    for (const node of nodes) {
      const own = branch(seen);
      if (!test(node, value, place, run, own)) continue;
      merge(seen, own);
      valid = true;
      // Without anybody to ask what was evaluated, the first match is enough.
      if (!seen) break;
    }
    return valid || fail(run, place, "anyOf", "must satisfy at least one of the alternatives");
  };
};

const oneOf: Keyword = (list, context) => {
  const nodes = compileAll(list, "oneOf", context);
  return (value, place, run, seen) => {
    let matches = 0;
    for (const node of nodes) {
      const own = branch(seen);
      if (!test(node, value, place, run, own)) continue;
      if (++matches > 1) break;
      merge(seen, own);
    }
    return matches === 1 || fail(run, place, "oneOf", "must satisfy exactly one of the alternatives");
  };
};

const not: Keyword = (schema, context) => {
  const node = context.compile(schema, "not");
  return (value, place, run, seen) =>
    !test(node, value, place, run, branch(seen)) || fail(run, place, "not", "must not satisfy the excluded schema");
};

const conditional: Keyword = (schema, context) => {
  const condition = context.compile(schema, "if");
  const part = (name: string) =>
    context.schema[name] === undefined ? undefined : context.compile(context.schema[name], name);
  const then = part("then");
  const otherwise = part("else");
  return (value, place, run, seen) => {
    const own = branch(seen);
    const holds = test(condition, value, place, run, own);
    if (holds) merge(seen, own);
    const next = holds ? then : otherwise;
    if (!next) return true;
    const further = branch(seen);
    const valid = evaluate(next, value, place, run, further);
    if (valid) merge(seen, further);
    return valid;
  };
};

function compileAll(list: unknown, keyword: string, context: KeywordContext): SchemaNode[] {
  if (!Array.isArray(list) || list.length === 0) throw context.invalid(`${keyword} that is no list of schemas`);
  return list.map((schema, index) => context.compile(schema, keyword, index));
}

export const combiningKeywords: Readonly<Record<string, Keyword>> = {
  $ref: reference,
  $dynamicRef: reference,
  $recursiveRef: reference,
  allOf,
  anyOf,
  oneOf,
  not,
  if: conditional,
};
