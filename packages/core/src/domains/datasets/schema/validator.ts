import type { SchemaIssue } from "../errors.ts";
import { compile } from "./compile.ts";
import { evaluate, type Run, TooMuchWork } from "./node.ts";
import { loadPatterns } from "./patterns.ts";

/** Tests values against one schema. Returns what is wrong, at most `limit` findings; nothing when the value is right. */
export type Validator = (value: unknown, limit?: number) => SchemaIssue[];

const cacheSize = 200;
const cache = new Map<string, Promise<Validator>>();

/**
 * The validator of a schema, given as JSON text. Compiled ones are kept by their text, so that equal schemas share one and a
 * changed schema never meets the old one's; the least recently used go first.
 *
 * @throws StorageError `DATASET_SCHEMA_INVALID`, `DATASET_SCHEMA_PATTERN_UNSUPPORTED`.
 */
export async function validatorOf(schemaText: string): Promise<Validator> {
  const known = cache.get(schemaText);
  cache.delete(schemaText);
  const validator = known ?? makeValidator(schemaText);
  cache.set(schemaText, validator);
  for (const oldest of cache.keys()) {
    if (cache.size <= cacheSize) break;
    cache.delete(oldest);
  }
  try {
    return await validator;
  } catch (error) {
    if (cache.get(schemaText) === validator) cache.delete(schemaText);
    throw error;
  }
}

async function makeValidator(schemaText: string): Promise<Validator> {
  if (/"pattern(?:Properties)?"/.test(schemaText)) await loadPatterns();
  const root = compile(JSON.parse(schemaText));
  return (value, limit = 5) => {
    const run: Run = { issues: [], limit, quiet: 0, depth: 0, steps: 0 };
    try {
      evaluate(root, value, undefined, run, undefined);
      return run.issues;
    } catch (error) {
      if (!(error instanceof TooMuchWork) && !(error instanceof RangeError)) throw error;
      const message = error instanceof TooMuchWork ? error.message : "is nested too deeply to validate";
      return [{ path: "/", code: "complexity", message }];
    }
  };
}
