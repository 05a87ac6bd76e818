import { compareText } from "../../../engine/compare.ts";
import { refused } from "../conditions.ts";
import { columnsOf, type FieldValue, fieldValue, instantFields, type QueryRow } from "./fields.ts";
import type { Comparison, Predicate, RelatedName, Scope } from "./plan.ts";

/** A trace with those of its records that conditions ask for. */
export interface TraceCase {
  readonly row: QueryRow;
  readonly related: Readonly<Partial<Record<RelatedName, readonly QueryRow[]>>>;
}

export type TraceTest = (trace: TraceCase) => boolean;

/** Compiles a condition on traces. Truth has two values: a comparison with nothing is false, and `not` turns it. */
export const compileTraceTest = (where: Predicate | undefined): TraceTest =>
  where
    ? compile(where, (leaf) => {
        if (leaf.type !== "relation") {
          const test = leafTest("trace", leaf);
          return ({ row }) => test(row);
        }
        if (leaf.collection === "traces") throw refused("where", "cannot name traces inside of traces");
        const { collection, quantifier } = leaf;
        const test = compileRowTest(collection, leaf.predicate);
        return ({ related }) => (related[collection] ?? []).some(test) === (quantifier === "some");
      })
    : () => true;

const compileRowTest = (scope: RelatedName, where: Predicate): ((row: QueryRow) => boolean) =>
  compile(where, (leaf) => {
    if (leaf.type === "relation") throw refused("where", "cannot name a collection inside of another");
    return leafTest(scope, leaf);
  });

export type Leaf = Exclude<Predicate, { type: "boolean" | "not" }>;

/** The logic of a condition over tests of its leaves. */
export function compile<Subject>(
  node: Predicate,
  leafOf: (leaf: Leaf) => (subject: Subject) => boolean,
): (subject: Subject) => boolean {
  if (node.type === "not") {
    const test = compile(node.arg, leafOf);
    return (subject) => !test(subject);
  }
  if (node.type !== "boolean") return leafOf(node);
  const tests = node.args.map((arg) => compile(arg, leafOf));
  return node.operator === "and"
    ? (subject) => tests.every((test) => test(subject))
    : (subject) => tests.some((test) => test(subject));
}

function leafTest(scope: Scope, leaf: Exclude<Leaf, { type: "relation" }>): (row: QueryRow) => boolean {
  const { field } = leaf;
  const read = (row: QueryRow) => fieldValue(scope, row, field);
  switch (leaf.type) {
    case "comparison": {
      const wanted = literal(field, leaf.value);
      const { operator } = leaf;
      if (operator === "ne") return (row) => !compares("eq", read(row), wanted);
      return (row) => compares(operator, read(row), wanted);
    }
    case "membership": {
      const wanted = leaf.values.map((value) => literal(field, value));
      const isIn = (row: QueryRow) => wanted.some((value) => compares("eq", read(row), value));
      return leaf.operator === "in" ? isIn : (row) => !isIn(row);
    }
    case "presence": {
      const exists = (row: QueryRow) => isPresent(read(row));
      return leaf.operator === "exists" ? exists : (row) => !exists(row);
    }
    case "collection": {
      const list = (row: QueryRow) => (read(row) ?? []) as readonly string[];
      const { operator, value } = leaf;
      if (operator === "empty") return (row) => list(row).length === 0;
      if (operator === "notEmpty") return (row) => list(row).length > 0;
      if (operator === "includes") return (row) => list(row).includes(value as string);
      return (row) => list(row).length > 0 && !list(row).includes(value as string);
    }
    default:
      throw refused("where", "holds a condition of an unknown type");
  }
}

const isPresent = (value: FieldValue) => value !== null && !(Array.isArray(value) && value.length === 0);

function literal(field: string, value: unknown): string | number {
  const instant = instantFields.has(field) && typeof value === "string" ? Date.parse(value) : value;
  if (typeof instant === "string" || (typeof instant === "number" && !Number.isNaN(instant))) return instant;
  throw refused(field, "is compared with what it cannot be");
}

/** Values of different kinds never compare. */
function compares(operator: Exclude<Comparison, "ne">, value: FieldValue, wanted: string | number): boolean {
  if (typeof value !== typeof wanted) return false;
  const order =
    typeof value === "string" ? compareText(value, wanted as string) : (value as number) - (wanted as number);
  switch (operator) {
    case "eq":
      return order === 0;
    case "lt":
      return order < 0;
    case "lte":
      return order <= 0;
    case "gt":
      return order > 0;
    case "gte":
      return order >= 0;
    default:
      throw refused("where", "holds an unknown operator");
  }
}

/** Which columns of which related records a condition looks at. */
export function relatedColumns(where: Predicate | undefined): Map<RelatedName, Set<string>> {
  const found = new Map<RelatedName, Set<string>>();
  const visit = (node: Predicate, inside: RelatedName | undefined): void => {
    if (node.type === "boolean") for (const arg of node.args) visit(arg, inside);
    else if (node.type === "not") visit(node.arg, inside);
    else if (node.type === "relation") {
      const { collection } = node;
      if (collection !== "traces" && !found.has(collection)) found.set(collection, new Set());
      visit(node.predicate, collection === "traces" ? undefined : collection);
    } else if (inside) for (const column of columnsOf(inside, node.field)) found.get(inside)?.add(column);
  };
  if (where) visit(where, undefined);
  return found;
}
