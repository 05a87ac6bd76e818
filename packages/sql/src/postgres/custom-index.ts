import { type CallOptions, jitter, pause } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import type { PostgresCatalog } from "./catalog.ts";
import { fitName, quote } from "./dialect.ts";

/** An index that the user of a store asked for, beside those of the tables. */
export interface CustomIndex {
  readonly name: string;
  /** Name of the logical table. */
  readonly table: string;
  /** Built beside writers, which no transaction may be part of. */
  readonly concurrent: boolean;
  /** What comes before the table's name, and after it. */
  text(name: string, table: string): string;
}

export interface CustomIndexTask {
  readonly schema: string;
  readonly prefix: string;
  readonly indexes: readonly CustomIndex[];
  readonly mappings: readonly TableMapping[];
  /** Runs a statement that is a transaction by itself. */
  alone(sql: string, options?: CallOptions): Promise<void>;
  reload(): Promise<PostgresCatalog>;
  warn(message: string): void;
  readonly options: CallOptions;
}

/** Indexes on tables that this store does not have. */
export const misplacedCustom = (
  indexes: readonly CustomIndex[],
  mappings: readonly TableMapping[],
): readonly CustomIndex[] => indexes.filter((index) => !mappings.some(({ table }) => table.name === index.table));

export const customName = (prefix: string, { name }: CustomIndex): string => fitName(prefix + name);

/** Other processes may be at the same index. */
const attempts = 12;

/** The statements that are missing for the indexes asked for. Those on tables that nobody here owns are passed over. */
export function missingCustom(
  { indexes, mappings, prefix, schema }: Pick<CustomIndexTask, "indexes" | "mappings" | "prefix" | "schema">,
  catalog: PostgresCatalog,
): { index: CustomIndex; name: string; statements: string[]; isBuilding: boolean }[] {
  return indexes.flatMap((index) => {
    const mapping = mappings.find(({ table }) => table.name === index.table);
    const name = customName(prefix, index);
    const found = catalog.indexes.get(name);
    if (!mapping || found?.isValid) return [];
    const statements = [index.text(quote(name), mapping.quoted)];
    const drop = `DROP INDEX ${index.concurrent ? "CONCURRENTLY " : ""}IF EXISTS ${quote(schema)}.${quote(name)}`;
    if (found) statements.unshift(drop);
    return [{ index, name, statements, isBuilding: found?.isBuilding ?? false }];
  });
}

/** Builds what is missing. A failure is told and no reason to fail: these indexes only make things faster. */
export async function buildCustom(task: CustomIndexTask, catalog: PostgresCatalog): Promise<string[]> {
  const applied: string[] = [];
  const failures = new Map<string, unknown>();
  let missing = missingCustom(task, catalog);
  for (let tries = 0; missing.length > 0 && tries < attempts; tries++) {
    if (tries > 0) await pause(100 + jitter(tries, 100, 2000), task.options);
    for (const { name, statements, isBuilding } of missing) {
      if (isBuilding) continue;
      try {
        for (const sql of statements) {
          await task.alone(sql, task.options);
          applied.push(sql);
        }
      } catch (error) {
        failures.set(name, error);
      }
    }
    missing = missingCustom(task, await task.reload());
    if (missing.every(({ name, isBuilding }) => !isBuilding && isFinal(failures.get(name)))) break;
  }
  for (const { name } of missing) task.warn(`stowage: the index ${name} could not be built`);
  return applied;
}

/** Whether another try would fail in the same way: anything but the traces of somebody else at the same work. */
function isFinal(error: unknown): boolean {
  const state = (error as { details?: { sqlstate?: unknown } } | undefined)?.details?.sqlstate;
  return error !== undefined && !["23505", "42P07", "40P01", "55P03", "42704"].includes(String(state));
}
