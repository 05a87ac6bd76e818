import type {
  DomainContext,
  MastraCompositeStore,
  RetentionConfig,
  StorageDomain,
  StowageDomainKey,
} from "@stowage/core";
import { type AccessPath, type Capabilities, count, find, type StoredSizes, type Table } from "@stowage/core/engine";
import { type DomainHealth, domainKeys, healthOf } from "./health.ts";

/** Rows are counted up to this number; more are "at least" that many. */
const countLimit = 100_000;
const countMilliseconds = 1000;
const day = 86_400_000;

export interface TableDescription {
  name: string;
  /** Absent where counting would walk the whole table or took too long, and the database has no estimate. */
  rows?: { count: number; precision: "exact" | "at_least" | "estimate" };
  /** Indexes included. Absent where the database does not tell. */
  bytes?: number;
  /** Where a path orders every row by a time: the first and the last of it, and the rows of the last 24 hours. */
  ages?: { column: string; oldest: Date | null; newest: Date | null; lastDay: number };
}

/** Something that a database lacks, and what that means. */
export interface MissingFeature {
  feature: string;
  reason: string;
}

export interface DomainDescription {
  domain: StowageDomainKey;
  health: DomainHealth;
  /** The rest is absent where no store, or one of another make, keeps the domain. */
  adapter?: string;
  engine?: string;
  target?: string;
  capabilities?: Capabilities;
  features?: readonly string[];
  missing?: MissingFeature[];
  tables?: TableDescription[];
  /** Of the whole database, where it does not tell its tables apart. */
  bytes?: number;
  retention?: RetentionConfig[string];
}

/** Who keeps each domain, where, with what abilities, and how much of it there is. */
export async function describeStorage(storage: MastraCompositeStore): Promise<DomainDescription[]> {
  const health = await healthOf(storage);
  return Promise.all(
    domainKeys.map(async (domain): Promise<DomainDescription> => {
      const store = storage.stores?.[domain] as StorageDomain | undefined;
      const { context } = (store ?? {}) as { context?: DomainContext };
      const described = { domain, health: health[domain] };
      if (!store || !context) return described;
      const { engine, target } = context;
      const { tables = [] } = store.constructor as { tables?: readonly Table[] };
      const sizes = await sizesOf(context, tables, health[domain]);
      const { getFeatures } = store as { getFeatures?: () => readonly string[] | undefined };
      const retention = storage.retention?.[domain];
      return {
        ...described,
        adapter: store.constructor.name,
        engine: engine.name,
        ...(target !== undefined && { target }),
        capabilities: engine.capabilities,
        features: getFeatures?.call(store) ?? [],
        missing: missingOf(engine.capabilities),
        ...(sizes?.bytes !== undefined && { bytes: sizes.bytes }),
        tables: await Promise.all(
          tables.map(async (table) =>
            withSize(await describeTable(context, table, health[domain]), sizes?.tables.get(table.name)),
          ),
        ),
        ...(retention && { retention }),
      };
    }),
  );
}

/** A storage that is down, or does not let its sizes be looked at, is still described. */
async function sizesOf(
  { sizes }: DomainContext,
  tables: readonly Table[],
  { status }: DomainHealth,
): Promise<StoredSizes | undefined> {
  if (!sizes || status !== "up") return undefined;
  return sizes(tables, { deadline: Date.now() + countMilliseconds }).catch(() => undefined);
}

function withSize(table: TableDescription, size: { bytes: number; rows?: number } | undefined): TableDescription {
  if (!size) return table;
  const estimate = size.rows === undefined ? undefined : { count: size.rows, precision: "estimate" as const };
  const rows = table.rows ?? estimate;
  return { ...table, ...(rows && { rows }), bytes: size.bytes };
}

/** Counts along a path that covers every row and that the database keeps anyway. */
async function describeTable(
  { engine }: DomainContext,
  table: Table,
  { status }: DomainHealth,
): Promise<TableDescription> {
  const { name } = table;
  const paths: AccessPath[] = Object.values(table.paths);
  const free = paths.filter(({ eq, sparse, onDemand }) => eq.length === 0 && !sparse && !onDemand);
  const timed = free.find(({ sort }) => table.columns[sort[0] ?? ""]?.type === "timestamp");
  const path = timed ?? free[0];
  if (!path || status !== "up") return { name };
  const options = { deadline: Date.now() + countMilliseconds };
  try {
    const walk = count(table, { path: path.name, limit: countLimit });
    const column = timed?.sort[0];
    if (!column) {
      const [rows] = await engine.read([walk], options);
      return { name, rows: rowsOf(rows.count) };
    }
    const range = { lower: { at: [Date.now() - day], inclusive: true } };
    const end = (direction: "asc" | "desc") => find(table, { path: path.name, direction, limit: 1 });
    const lastDay = count(table, { path: path.name, range, limit: countLimit });
    const [rows, recent, first, last] = await engine.read([walk, lastDay, end("asc"), end("desc")], options);
    const timeOf = (row: object | undefined) =>
      row ? new Date((row as Record<string, unknown>)[column] as number) : null;
    const ages = { column, oldest: timeOf(first.rows[0]), newest: timeOf(last.rows[0]), lastDay: recent.count };
    return { name, rows: rowsOf(rows.count), ages };
  } catch {
    return { name };
  }
}

const rowsOf = (counted: number) => ({
  count: counted,
  precision: counted < countLimit ? ("exact" as const) : ("at_least" as const),
});

const reasons: readonly [feature: string, has: (capabilities: Capabilities) => boolean, reason: string][] = [
  [
    "native-atomicity",
    ({ atomicity }) => atomicity === "native",
    "The database has no transaction over several records: batches go through a journal, or a lock in the process.",
  ],
  [
    "compare-and-swap",
    ({ compareAndSwap }) => compareAndSwap,
    "The database cannot write under a condition: between processes the last write wins.",
  ],
  ["read-your-writes", ({ readYourWrites }) => readYourWrites, "A read may come before an acknowledged write shows."],
  [
    "native-filter",
    ({ nativeFilter }) => nativeFilter,
    "Filters are evaluated on the rows walked: a rare match costs a long walk.",
  ],
  [
    "native-json-filter",
    ({ nativeJsonFilter }) => nativeJsonFilter,
    "Filters inside of JSON are evaluated on the rows walked: a rare match costs a long walk.",
  ],
  [
    "native-aggregate",
    ({ nativeAggregate }) => nativeAggregate,
    "Sums and percentiles are computed from the rows: wide ranges take long.",
  ],
  ["time-to-live", ({ timeToLive }) => timeToLive, "The database expires nothing by itself: old rows go when pruned."],
];

const missingOf = (capabilities: Capabilities): MissingFeature[] =>
  reasons.filter(([, has]) => !has(capabilities)).map(([feature, , reason]) => ({ feature, reason }));
