import type { DomainContext, MastraCompositeStore } from "@stowage/core";
import type { ConvergeOptions, Table } from "@stowage/core/engine";

/**
 * Makes the schema match what this release declares, or with `dryRun` only says how: once for each engine that the domains of
 * the storage stand on. Returns the statements.
 *
 * @throws StorageError `schema` when a table holds rows that someone else made and `adopt` was not given.
 */
export async function converge(storage: MastraCompositeStore, options: ConvergeOptions): Promise<string[]> {
  const tables = new Map<DomainContext, Map<string, Table>>();
  for (const store of Object.values(storage.stores ?? {})) {
    const { context } = (store ?? {}) as { context?: DomainContext };
    if (!context) continue;
    const known = tables.get(context) ?? new Map<string, Table>();
    tables.set(context, known);
    const { tables: declared = [] } = (store as object).constructor as { tables?: readonly Table[] };
    for (const table of declared) known.set(table.name, table);
  }
  const statements: string[] = [];
  for (const [{ engine }, declared] of tables) {
    statements.push(...(await engine.converge([...declared.values()], options)).statements);
  }
  return statements;
}
