import { type Collection, type FieldKind, kindOf, operatorsOf, type Scope } from "./fields.ts";
import { invalidQuery } from "./refusal.ts";
import type { Leaf, RowCondition, ThreadCondition, TraceCondition } from "./request.ts";

const mostNodes = 100;
const mostLevels = 12;
const mostRelations = 8;
const mostLiterals = 1000;

type Condition = RowCondition | TraceCondition | ThreadCondition;

/** A condition as the storage takes it; `scope` says whose fields it may name. */
export function compileCondition(condition: Condition, scope: Scope | "thread", at = "where"): object {
  return new Compilation().node(condition, scope, at, 1);
}

/** One condition with what it has used of its budget. */
class Compilation {
  private nodes = 0;
  private relations = 0;
  private literals = 0;

  node(condition: Condition, scope: Scope | "thread", at: string, level: number): object {
    if (++this.nodes > mostNodes || level > mostLevels) {
      throw invalidQuery(
        "predicate_too_complex",
        at,
        `conditions have at most ${mostNodes} nodes and ${mostLevels} levels`,
      );
    }
    if (!("op" in condition)) return this.relation(condition, at, level);
    if ("args" in condition) {
      const args = (condition.args as Condition[]).map((arg, index) =>
        this.node(arg, scope, `${at}.args.${index}`, level + 1),
      );
      return { type: "boolean", operator: condition.op, args };
    }
    if ("arg" in condition) return { type: "not", arg: this.node(condition.arg, scope, `${at}.arg`, level + 1) };
    return this.leaf(condition, scope as Scope, at);
  }

  private relation(condition: Exclude<Condition, { op: string }>, at: string, level: number): object {
    if (++this.relations > mostRelations) {
      throw invalidQuery("predicate_too_complex", at, `a condition names records at most ${mostRelations} times`);
    }
    const [collection, quantified] = Object.entries(condition)[0] as unknown as [Collection | "traces", object];
    const [quantifier, inner] = Object.entries(quantified)[0] as [string, Condition];
    const scope = collection === "traces" ? "trace" : collection;
    const predicate = this.node(inner, scope, `${at}.${collection}.${quantifier}`, level + 1);
    return { type: "relation", collection, quantifier, predicate };
  }

  private leaf(leaf: Leaf, scope: Scope, at: string): object {
    if ("left" in leaf) {
      const { op, left, right } = leaf;
      if (!("path" in left) || !("literal" in right)) {
        throw invalidQuery("invalid_operands", at, "a comparison has a field on its left and a literal on its right");
      }
      const kind = this.fieldKind(scope, left.path, op, `${at}.left.path`, at);
      const value = this.literal(kind, right.literal, `${at}.right.literal`);
      if (kind !== "list") return { type: "comparison", field: left.path, operator: op, value };
      return { type: "collection", field: left.path, operator: op === "eq" ? "includes" : "notIncludes", value };
    }
    if ("set" in leaf) {
      const { op, value, set } = leaf;
      if (!("path" in value)) throw invalidQuery("invalid_operands", `${at}.value`, "membership is asked of a field");
      const kind = this.fieldKind(scope, value.path, op, `${at}.value.path`, at);
      const values = set.map((literal, index) => this.literal(kind, literal, `${at}.set.${index}`));
      return { type: "membership", field: value.path, operator: op, values };
    }
    const { op, path } = leaf;
    const kind = this.fieldKind(scope, path, op, `${at}.path`, at);
    if (kind !== "list") return { type: "presence", field: path, operator: op };
    return { type: "collection", field: path, operator: op === "exists" ? "notEmpty" : "empty" };
  }

  private fieldKind(scope: Scope, path: string, op: string, fieldAt: string, at: string): FieldKind {
    const kind = kindOf(scope, path);
    if (!kind) throw invalidQuery("field_not_allowed", fieldAt, "no condition may name this field here");
    if (!operatorsOf(kind).includes(op)) {
      throw invalidQuery("operator_not_allowed", `${at}.op`, `${op} cannot be asked of this field`);
    }
    return kind;
  }

  private literal(kind: FieldKind, value: unknown, at: string): string | number {
    if (++this.literals > mostLiterals) {
      throw invalidQuery("predicate_too_complex", at, `a condition has at most ${mostLiterals} literals`);
    }
    if (kind === "timestamp" && typeof value === "string") {
      const time = Date.parse(value);
      if (!Number.isNaN(time)) return new Date(time).toISOString();
    } else if (typeof value === "string" && kind !== "number" && kind !== "timestamp") return value;
    else if (typeof value === "number" && (kind === "number" || kind === "stringOrNumber")) return value;
    throw invalidQuery("invalid_literal", at, "the literal is not of the field's kind");
  }
}
