import {
  type AdapterDefinition,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { StorageError, type Table } from "@stowage/core/engine";
import { stack } from "@stowage/core/layers";
import { batches, ClickhouseEngine } from "./engine.ts";
import { TableMapping } from "./mapping.ts";
import { type ClickhouseOptions, type ResolvedOptions, resolveOptions, type TableTimeToLive } from "./options.ts";
import { expiryOf } from "./schema/definition.ts";

/** Options of {@link ClickhouseStore}. */
export type ClickhouseStoreOptions = ClickhouseOptions & StoreOptions;

/** The engine made last from an options object; the store asks for it right after. */
const engines = new WeakMap<object, ClickhouseEngine>();

const definition: AdapterDefinition<ClickhouseOptions> = {
  className: "ClickhouseStore",
  storeName: "CLICKHOUSE",
  target: targetOf,
  validate: (options, name) => {
    for (const [table, rules] of rulesOf(resolveOptions(options, name))) checkRules(table, rules);
  },
  open: (options, logger) => {
    for (const name of Object.keys(resolveOptions(options).ttl)) {
      if (!tables.has(name))
        logger.warn(`ClickhouseStore: ttl names ${name}, which no table is called; it has no effect`);
    }
    const engine = new ClickhouseEngine(options);
    engines.set(options, engine);
    return stack(engine, batches);
  },
};

function targetOf(options: ClickhouseOptions): string | undefined {
  const { url, database } = options as { url?: unknown; database?: unknown };
  const address = typeof url === "string" ? withoutCredentials(url) : undefined;
  return address && typeof database === "string" ? `${address.replace(/\/$/, "")}/${database}` : address;
}

const domains = adapterDomains(definition, "StorageClickhouse");

export const MemoryStorageClickhouse = domains.memory;
export type MemoryStorageClickhouse = InstanceType<typeof MemoryStorageClickhouse>;
export const WorkflowsStorageClickhouse = domains.workflows;
export type WorkflowsStorageClickhouse = InstanceType<typeof WorkflowsStorageClickhouse>;
export const ScoresStorageClickhouse = domains.scores;
export type ScoresStorageClickhouse = InstanceType<typeof ScoresStorageClickhouse>;
export const ObservabilityStorageClickhouse = domains.observability;
export type ObservabilityStorageClickhouse = InstanceType<typeof ObservabilityStorageClickhouse>;
export const AgentsStorageClickhouse = domains.agents;
export type AgentsStorageClickhouse = InstanceType<typeof AgentsStorageClickhouse>;
export const DatasetsStorageClickhouse = domains.datasets;
export type DatasetsStorageClickhouse = InstanceType<typeof DatasetsStorageClickhouse>;
export const ExperimentsStorageClickhouse = domains.experiments;
export type ExperimentsStorageClickhouse = InstanceType<typeof ExperimentsStorageClickhouse>;

const tables = new Map<string, Table>(
  Object.values(domains).flatMap(({ tables }) => tables.map((table): [string, Table] => [table.name, table])),
);

/** All seven domains on ClickHouse. */
export class ClickhouseStore extends adapterStore(definition, domains) {
  readonly #engine: ClickhouseEngine;

  constructor(options: ClickhouseStoreOptions) {
    super(options);
    this.#engine = engines.get(options) as ClickhouseEngine;
  }

  /**
   * Merges all parts of a table and drops what only history needs. Heavy: for a time of little traffic.
   *
   * @throws StorageError `invalid_argument` when there is no table of that name.
   */
  optimizeTable({ tableName }: { tableName: string }): Promise<void> {
    return this.#engine.optimize(tableOf(tableName));
  }

  /**
   * Applies the `ttl` to rows that were there before it was set.
   *
   * @throws StorageError `invalid_argument` when there is no table of that name.
   */
  materializeTtl({ tableName }: { tableName: string }): Promise<void> {
    return this.#engine.materializeTtl(tableOf(tableName));
  }
}

/** The rules of tables that are kept here. */
const rulesOf = ({ ttl }: ResolvedOptions): [Table, TableTimeToLive][] =>
  Object.entries(ttl).flatMap(([name, rules]): [Table, TableTimeToLive][] => {
    const table = tables.get(name);
    return table && rules ? [[table, rules]] : [];
  });

/** @throws TypeError when a rule names a column that the table has not, or that it cannot be counted from. */
function checkRules(table: Table, { row, columns = {} }: TableTimeToLive): void {
  const mapping = new TableMapping(table, "");
  for (const name of Object.keys(columns)) mapping.column(name);
  for (const rule of [row, ...Object.values(columns)]) if (rule) expiryOf(mapping, rule);
}

function tableOf(name: string): Table {
  const table = tables.get(name);
  if (table) return table;
  throw new StorageError(`there is no table ${name}`, { code: "invalid_argument", details: { table: name } });
}
