import type { StorageError } from "../../../errors.ts";
import type { Check, SchemaNode } from "./node.ts";

/** What a keyword may ask while its schema is compiled. */
export interface KeywordContext {
  /** The schema object that the keyword stands in. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Drafts before 2019-09, where an array of `items` and `dependencies` were the rule. Later ones accept them too. */
  readonly dialect: Dialect;
  /** Compiles a subschema; `at` are the pointer parts below the schema object. */
  compile(schema: unknown, ...at: (string | number)[]): SchemaNode;
  /** The schema that a reference names. */
  resolve(reference: string): SchemaNode;
  /** An error that says what of the schema cannot be used. */
  invalid(reason: string): StorageError;
}

export type Dialect = 4 | 7 | 2019 | 2020;

/** Compiles one keyword; `undefined` when it has nothing to check. */
export type Keyword = (value: unknown, context: KeywordContext) => Check | undefined;
