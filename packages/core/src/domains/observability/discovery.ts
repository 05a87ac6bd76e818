import { compareText } from "../../engine/compare.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Filter } from "../../engine/filter.ts";
import { aggregate } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import { signalTables } from "./signals/tables.ts";
import { spans } from "./tables.ts";

type Discovered = "entityType" | "entityName" | "serviceName" | "environment" | "tags";

/** Distinct, non-empty values of a column over all spans and signals, ascending by code point. */
export async function distinctValues(engine: Engine, column: Discovered, filter?: Filter): Promise<string[]> {
  const values = await distinct(engine, column, filter);
  return values.filter((value) => value !== "").sort(compareText);
}

/** Distinct, non-empty tags over all spans and signals. */
export async function distinctTags(engine: Engine, filter?: Filter): Promise<string[]> {
  const tags = new Set<string>();
  for (const text of await distinct(engine, "tags", filter)) {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) for (const tag of list) if (typeof tag === "string" && tag !== "") tags.add(tag);
  }
  return [...tags].sort(compareText);
}

/** The condition that `entityType` sets in discovery. @throws StorageError `INVALID_ARGUMENT` when it is no text. */
export function ofEntityType(a: unknown): Filter | undefined {
  const value = (a as { entityType?: unknown } | undefined)?.entityType;
  if (value === undefined) return undefined;
  if (typeof value !== "string")
    throw invalid("entityType must be a string", "INVALID_ARGUMENT", { path: "entityType" });
  return { op: "eq", column: "entityType", value };
}

async function distinct(engine: Engine, column: Discovered, filter: Filter | undefined): Promise<string[]> {
  const present: Filter = { op: "notNull", column };
  const op = (table: typeof spans) =>
    aggregate(table, {
      path: "all",
      filter: filter ? { op: "and", args: [present, filter] } : present,
      groupBy: [{ column }],
      measures: {},
    });
  const tables = [spans, ...signalTables] as unknown as readonly (typeof spans)[];
  const answers = await engine.read(tables.map(op));
  const values = answers.flatMap(({ groups }) =>
    groups.flatMap(({ group: [value] }) => (typeof value === "string" ? [value] : [])),
  );
  return [...new Set(values)];
}
