import { invalidSchema } from "../errors.ts";
import type { Dialect } from "./keyword.ts";
import { isObject } from "./node.ts";

const single = [
  "additionalItems",
  "unevaluatedItems",
  "items",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
];
const lists = ["prefixItems", "items", "allOf", "anyOf", "oneOf"];
const maps = ["$defs", "definitions", "properties", "patternProperties", "dependentSchemas", "dependencies"];

/** Stands for "this document" where a schema has no id of its own. */
const nowhere = "schema:/root";

type Schema = Readonly<Record<string, unknown>>;

/** What the references of one schema document can name: its embedded resources, their anchors, and any JSON pointer. */
export class References {
  private readonly resources = new Map<string, Schema>();
  private readonly anchors = new Map<string, Schema>();
  private readonly bases = new Map<Schema, string>();
  private readonly dialect: Dialect;

  constructor(root: unknown, dialect: Dialect) {
    this.dialect = dialect;
    if (isObject(root)) this.index(root, nowhere, true);
  }

  /** The schema that `reference` names, seen from `from`; `undefined` when it lies outside the document. */
  resolve(reference: string, from: Schema): unknown {
    const base = this.bases.get(from) ?? nowhere;
    const uri = absolute(reference, base);
    if (uri === undefined) return undefined;
    const [resource, fragment = ""] = uri.split("#") as [string, string?];
    const root = this.resources.get(resource);
    if (!root) return undefined;
    const name = decode(fragment);
    if (name === "" || name.startsWith("/")) return this.walk(root, name);
    return this.anchors.get(`${resource}#${name}`);
  }

  private walk(root: Schema, pointer: string): unknown {
    let at: unknown = root;
    let base = this.bases.get(root) ?? nowhere;
    for (const part of pointer.split("/").slice(1)) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      if (Array.isArray(at) && /^(?:0|[1-9]\d*)$/.test(key)) at = at[Number(key)];
      else if (isObject(at) && Object.hasOwn(at, key)) at = at[key];
      else return undefined;
      if (isObject(at)) base = this.bases.get(at) ?? base;
    }
    // A pointer may lead to where no keyword looks; what stands there is a schema from now on.
    if (isObject(at) && !this.bases.has(at)) this.index(at, base, false);
    return at;
  }

  private index(root: Schema, base: string, isRoot: boolean): void {
    const stack: [schema: Schema, base: string, isRoot: boolean][] = [[root, base, isRoot]];
    for (let next = stack.pop(); next; next = stack.pop()) {
      const [schema, outer, first] = next;
      if (this.bases.has(schema)) continue;
      const inner = this.enter(schema, outer, first);
      for (const child of children(schema)) stack.push([child, inner, false]);
    }
  }

  /** Notes a schema's base, and what it can be called by. */
  private enter(schema: Schema, outer: string, isRoot: boolean): string {
    const id = this.dialect === 4 ? schema.id : schema.$id;
    const standsAlone = this.dialect <= 7 && typeof schema.$ref === "string";
    const uri = typeof id === "string" && !standsAlone ? absolute(id, outer) : undefined;
    const [resource, fragment] = (uri ?? outer).split("#") as [string, string?];
    if (isRoot || (uri !== undefined && resource !== outer)) {
      if (this.resources.has(resource)) throw invalidSchema(`two schemas with the id ${resource.slice(0, 200)}`, "");
      this.resources.set(resource, schema);
    }
    // Before 2019-09 an id that is only a fragment is an anchor.
    for (const name of [fragment, schema.$anchor, schema.$dynamicAnchor]) {
      if (typeof name === "string" && name !== "") this.anchors.set(`${resource}#${name}`, schema);
    }
    this.bases.set(schema, resource);
    return resource;
  }
}

function* children(schema: Schema): Generator<Schema> {
  for (const name of single) if (isObject(schema[name])) yield schema[name];
  for (const name of lists) if (Array.isArray(schema[name])) yield* (schema[name] as unknown[]).filter(isObject);
  for (const name of maps) if (isObject(schema[name])) yield* Object.values(schema[name]).filter(isObject);
}

function absolute(reference: string, base: string): string | undefined {
  if (reference.startsWith("#")) return base + reference;
  try {
    return new URL(reference, base).href;
  } catch {
    return undefined;
  }
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
