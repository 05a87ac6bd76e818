import type { DomainContext, MastraCompositeStore } from "@stowage/core";
import type { ConvergeOptions, Table } from "@stowage/core/engine";

/** What one engine did, or in a dry run would do, so that its schema matches. */
export interface Convergence {
  engine: string;
  /** Where it is, for people. */
  target: string | undefined;
  /** In the database's own language where it has one. */
  statements: readonly string[];
  /** What stands in the database that nobody declares. */
  unknown: readonly string[];
}

/**
 * Makes the schema match what this release declares, or with `dryRun` only says how: once for each engine that the domains of
 * the storage stand on.
 *
 * @throws StorageError `schema` when a table holds rows that someone else made and `adopt` was not given.
 */
export async function converge(storage: MastraCompositeStore, options: ConvergeOptions): Promise<Convergence[]> {
  const tables = new Map<DomainContext, Map<string, Table>>();
  for (const store of Object.values(storage.stores ?? {})) {
    const { context } = (store ?? {}) as { context?: DomainContext };
    if (!context) continue;
    const known = tables.get(context) ?? new Map<string, Table>();
    tables.set(context, known);
    const { tables: declared = [] } = (store as object).constructor as { tables?: readonly Table[] };
    for (const table of declared) known.set(table.name, table);
  }
  const done: Convergence[] = [];
  for (const [{ engine, target }, declared] of tables) {
    const { statements, unknown } = await engine.converge([...declared.values()], options);
    done.push({ engine: engine.name, target, statements, unknown });
  }
  return done;
}
