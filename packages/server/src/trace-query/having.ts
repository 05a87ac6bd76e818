import { invalidQuery } from "./refusal.ts";
import type { GroupCondition } from "./request.ts";

const mostNodes = 100;
const mostLevels = 12;

/** A condition on groups as the storage takes it; `measureOf` names a measure, or refuses what is none. */
export function compileGroupCondition(
  condition: GroupCondition,
  measureOf: (name: string, at: string) => string,
): object {
  let nodes = 0;
  const node = (one: GroupCondition, at: string, level: number): object => {
    if (++nodes > mostNodes || level > mostLevels) {
      throw invalidQuery(
        "predicate_too_complex",
        at,
        `conditions have at most ${mostNodes} nodes and ${mostLevels} levels`,
      );
    }
    if ("args" in one) {
      const args = one.args.map((arg, index) => node(arg, `${at}.args.${index}`, level + 1));
      return { type: "boolean", operator: one.op, args };
    }
    if ("arg" in one) return { type: "not", arg: node(one.arg, `${at}.arg`, level + 1) };
    if ("set" in one) {
      const { op, value, set } = one;
      if (!("path" in value)) throw invalidQuery("invalid_operands", `${at}.value`, "membership is asked of a measure");
      const values = set.map((literal, index) => numberOf(literal, `${at}.set.${index}`));
      return { type: "membership", measure: measureOf(value.path, `${at}.value.path`), operator: op, values };
    }
    const { op, left, right } = one;
    if (!("path" in left) || !("literal" in right)) {
      throw invalidQuery("invalid_operands", at, "a comparison has a measure on its left and a literal on its right");
    }
    const value = numberOf(right.literal, `${at}.right.literal`);
    return { type: "comparison", measure: measureOf(left.path, `${at}.left.path`), operator: op, value };
  };
  return node(condition, "having", 1);
}

function numberOf(literal: unknown, at: string): number {
  if (typeof literal === "number") return literal;
  throw invalidQuery("invalid_literal", at, "a measure is compared with numbers");
}
