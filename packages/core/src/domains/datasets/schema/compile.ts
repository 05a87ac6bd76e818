import { invalidSchema } from "../errors.ts";
import { arrayKeywords, unevaluatedArrayKeywords } from "./arrays.ts";
import { combiningKeywords } from "./combinations.ts";
import type { Dialect, Keyword, KeywordContext } from "./keyword.ts";
import { escapePointer, fail, isObject, type SchemaNode } from "./node.ts";
import { objectKeywords, unevaluatedObjectKeywords } from "./objects.ts";
import { References } from "./references.ts";
import { valueKeywords } from "./values.ts";

/** In the order in which they run: cheap and telling ones first, those that ask what the others evaluated last. */
const keywords: Readonly<Record<string, Keyword>> = {
  ...combiningKeywords,
  ...valueKeywords,
  ...objectKeywords,
  ...arrayKeywords,
  ...unevaluatedObjectKeywords,
  ...unevaluatedArrayKeywords,
};
const order = ["type", ...Object.keys(keywords).filter((name) => name !== "type")];

/** Keywords that are compiled by another one of their schema. */
const companions: Readonly<Record<string, string>> = {
  patternProperties: "properties",
  additionalProperties: "properties",
  prefixItems: "items",
};

const maxDepth = 500;

/**
 * Compiles a JSON Schema to checks that are interpreted: no code is made from its text. Drafts 4, 6, 7, 2019-09 and 2020-12;
 * without `$schema` the last one, with the older forms of `items` and `dependencies` accepted beside the new. References
 * reach everything inside the schema and nothing outside.
 *
 * @throws StorageError `DATASET_SCHEMA_INVALID`, `DATASET_SCHEMA_PATTERN_UNSUPPORTED`.
 */
export function compile(schema: unknown): SchemaNode {
  return new Compiler(schema).compile(schema, "", 0);
}

class Compiler {
  private readonly nodes = new Map<object, SchemaNode>();
  private readonly references: References;
  private readonly dialect: Dialect;

  constructor(schema: unknown) {
    this.dialect = dialectOf(schema);
    this.references = new References(schema, this.dialect);
  }

  compile(schema: unknown, pointer: string, depth: number): SchemaNode {
    if (schema === true) return { checks: [] };
    if (schema === false) return { checks: [(_value, place, run) => fail(run, place, "false", "is not allowed")] };
    if (!isObject(schema)) throw invalidSchema("a schema that is neither an object nor a boolean", pointer);
    if (depth > maxDepth) throw invalidSchema("a schema that is nested too deeply", pointer);
    const known = this.nodes.get(schema);
    if (known) return known;
    const node: SchemaNode = { checks: [] };
    this.nodes.set(schema, node);

    const done = new Set<string>();
    for (const name of this.keywordsOf(schema)) {
      const keyword = companions[name] ?? name;
      if (done.has(keyword)) continue;
      done.add(keyword);
      if (name.startsWith("unevaluated")) node.tracks = true;
      const context = this.contextOf(schema, `${pointer}/${escapePointer(name)}`, pointer, depth);
      const check = (keywords[keyword] as Keyword)(schema[name], context);
      if (check) node.checks.push(check);
    }
    return node;
  }

  /** Before 2019-09 a reference stands alone, whatever is written beside it. */
  private keywordsOf(schema: Readonly<Record<string, unknown>>): string[] {
    const has = (name: string) => Object.hasOwn(schema, name) && schema[name] !== undefined;
    if (this.dialect <= 7 && typeof schema.$ref === "string") return ["$ref"];
    const found = order.filter(has);
    // `additionalProperties` alone still has to be checked, by the keyword it belongs to.
    for (const name of Object.keys(companions))
      if (has(name) && !found.includes(companions[name] as string)) found.push(name);
    const last = found.filter((name) => name.startsWith("unevaluated"));
    return last.length > 0 ? [...found.filter((name) => !last.includes(name)), ...last] : found;
  }

  private contextOf(
    schema: Readonly<Record<string, unknown>>,
    at: string,
    pointer: string,
    depth: number,
  ): KeywordContext {
    return {
      schema,
      dialect: this.dialect,
      compile: (sub, ...path) =>
        this.compile(sub, [pointer, ...path.map((part) => escapePointer(String(part)))].join("/"), depth + 1),
      resolve: (reference) => {
        const target = this.references.resolve(reference, schema);
        if (target === undefined)
          throw invalidSchema(`a reference to nothing inside it (${reference.slice(0, 200)})`, at);
        return this.compile(target, at, depth + 1);
      },
      invalid: (reason) => invalidSchema(reason, at),
    };
  }
}

function dialectOf(schema: unknown): Dialect {
  const uri = isObject(schema) && typeof schema.$schema === "string" ? schema.$schema : "";
  if (/draft-0?[1-4]\b/.test(uri)) return 4;
  if (/draft-0?[67]\b/.test(uri)) return 7;
  return uri.includes("2019-09") ? 2019 : 2020;
}
