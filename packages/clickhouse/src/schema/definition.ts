import type { AccessPath } from "@stowage/core/engine";
import { type MappedColumn, pathId, quote, quoteText, type TableMapping } from "../mapping.ts";
import { type ResolvedOptions, secondsOf, type TimeToLive } from "../options.ts";

/** What belongs to the statements of one store: where its tables are made, and how. */
export interface Definitions {
  readonly prefix: string;
  readonly replication: ResolvedOptions["replication"];
}

/** Inserts remembered for the sake of those that are sent twice. */
const remembered = 1000;
/** Rows that are read at least where one is wanted, in each part of a table: most reads here are of few rows by their keys. */
export const granule = 128;

function engine({ replication }: Definitions, parameters: string): string {
  const settings = ` SETTINGS ${replication ? "replicated" : "non_replicated"}_deduplication_window = ${remembered}, index_granularity = ${granule}`;
  if (!replication) return `ENGINE = ReplacingMergeTree(${parameters})%${settings}`;
  const place = `${quoteText(replication.zookeeperPath)}, ${quoteText(replication.replicaName)}`;
  return `ENGINE = ReplicatedReplacingMergeTree(${place}, ${parameters})%${settings}`;
}

const onCluster = ({ replication }: Definitions) =>
  replication?.cluster === undefined ? "" : ` ON CLUSTER ${quoteText(replication.cluster)}`;

function createTable(
  name: string,
  columns: readonly string[],
  parameters: string,
  order: string,
  of: Definitions,
): string {
  const tail = engine(of, parameters).replace("%", ` ORDER BY (${order})`);
  return `CREATE TABLE IF NOT EXISTS ${name}${onCluster(of)} (${columns.join(", ")}) ${tail}`;
}

/** A column, with its nulls and how it is packed. */
function columnDefinition({ quoted, type, nullable, storage }: MappedColumn): string {
  const codec = type === "json" ? " CODEC(ZSTD)" : type === "timestamp" ? " CODEC(Delta, ZSTD)" : "";
  return `${quoted} ${nullable ? `Nullable(${storage.type})` : storage.type}${codec}`;
}

/** Columns that every table has besides those of its declaration. */
export const ownColumns = ["_rev", "_deleted"];

export const physicalColumns = (mapping: TableMapping): string[] => [
  ...mapping.columns.map(({ name }) => name),
  ...ownColumns,
];

/** The stamp of a table whose columns are those of one release and no others. */
export const shapeItem = "shape";
export const shapeOf = (mapping: TableMapping): string => hash(mapping.columns.map(columnDefinition).join(", "));

export const createMain = (mapping: TableMapping, of: Definitions): string =>
  createTable(
    mapping.quoted,
    [...mapping.columns.map(columnDefinition), "`_rev` UInt64", "`_deleted` UInt8"],
    "_rev, _deleted",
    mapping.keyList,
    of,
  );

/** At once, so that its place is free for the table that comes after it. */
export const dropTable = (mapping: TableMapping, of: Definitions): string =>
  `DROP TABLE ${mapping.quoted}${onCluster(of)} SYNC`;

export const addColumn = (mapping: TableMapping, column: MappedColumn, of: Definitions): string =>
  `ALTER TABLE ${mapping.quoted}${onCluster(of)} ADD COLUMN IF NOT EXISTS ${columnDefinition(column)}`;

/** The table of entries: for each path and group of equal values the places of rows, in their order. */
export const createEntries = (mapping: TableMapping, of: Definitions): string =>
  createTable(
    mapping.entries,
    [
      "`path` LowCardinality(String)",
      "`grp` String",
      "`place` String",
      ...mapping.key.map(columnDefinition),
      "`_rev` UInt64",
    ],
    "_rev",
    "path, grp, place",
    of,
  );

/** The entries of these paths, as rows for that table. */
export function selectEntries(mapping: TableMapping, paths: readonly AccessPath[], final: boolean): string {
  // What paths have in common is said once: the server reads this text anew with every insert.
  const columns = [...new Set(paths.flatMap((path) => [...path.eq, ...path.order]))];
  const placeOf = (name: string) => `_place${columns.indexOf(name)}`;
  const places = columns.map((name) => {
    const { storage, operand } = mapping.column(name);
    return `${storage.place(operand)} AS ${placeOf(name)}`;
  });
  const parts = (names: readonly string[]) =>
    names.length > 1 ? `concat(${names.map(placeOf).join(", ")})` : names[0] === undefined ? "''" : placeOf(names[0]);
  const nullableOf = (path: AccessPath) =>
    [...new Set([...path.eq, ...path.sort])].filter((name) => mapping.column(name).nullable);
  const nullable = [...new Set(paths.flatMap(nullableOf))];
  const flags = nullable.map((name) => `isNotNull(${mapping.column(name).quoted}) AS _has${columns.indexOf(name)}`);
  const tuples = paths.map((path) => {
    const isThere = nullableOf(path).map((name) => `_has${columns.indexOf(name)}`);
    return `(${quoteText(pathId(path))}, ${parts(path.eq)}, ${parts(path.order)}, ${isThere.join(" AND ") || "1"})`;
  });
  const rows = `SELECT ${[...mapping.key.map(({ quoted }) => quoted), "_rev", ...places, ...flags].join(", ")}`;
  return (
    `SELECT e.1 AS path, e.2 AS grp, e.3 AS place, ${mapping.keyList}, _rev FROM ` +
    `(${rows} FROM ${mapping.quoted}${final ? " FINAL" : ""} WHERE _deleted = 0) ` +
    `ARRAY JOIN arrayFilter(x -> x.4, [${tuples.join(", ")}]) AS e`
  );
}

/** What keeps the entries: every insert into the table makes those of its rows, in the same request. */
export function createView(mapping: TableMapping, paths: readonly AccessPath[], of: Definitions): string {
  const name = quote(`${mapping.name}_entries_${hash(paths.map(pathId).sort().join(";"))}`);
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${name}${onCluster(of)} TO ${mapping.entries} AS ${selectEntries(mapping, paths, false)}`;
}

export const fillEntries = (mapping: TableMapping, paths: readonly AccessPath[]): string =>
  `INSERT INTO ${mapping.entries} (path, grp, place, ${mapping.keyList}, _rev) ${selectEntries(mapping, paths, true)}`;

export const stampTable = ({ prefix }: Definitions) => `${prefix}stowage_schema`;

export const createStamps = (of: Definitions): string =>
  createTable(
    quote(stampTable(of)),
    ["`name` String", "`item` String", "`value` String", "`_rev` UInt64"],
    "_rev",
    "name, item",
    of,
  );

/** A fact about a table: its format, its shape, a path whose entries are complete, how long its rows are kept. */
export type Stamp = readonly [name: string, item: string, value: string];

export function writeStamps(stamps: readonly Stamp[], of: Definitions): string {
  const rows = stamps.map((stamp) => `(${stamp.map(quoteText).join(", ")})`);
  return (
    `INSERT INTO ${quote(stampTable(of))} (name, item, value, _rev) ` +
    `SELECT tupleElement(s, 1), tupleElement(s, 2), tupleElement(s, 3), toUnixTimestamp64Micro(now64(6)) FROM (SELECT arrayJoin([${rows.join(", ")}]) AS s)`
  );
}

/** The last second that a `DateTime` tells; the ones after it begin with 1970 again. */
const lastSecond = 2 ** 32 - 1;

/** When something is over, as SQL. Instants that a `DateTime` cannot tell count as the first and the last that it can. */
export const expiryOf = (mapping: TableMapping, rule: TimeToLive): string => {
  const { interval, unit, ttlKey = "createdAt" } = rule;
  const { quoted, nullable, type } = mapping.column(ttlKey);
  if (type !== "timestamp" || nullable) {
    throw new TypeError(
      `ttl of ${mapping.table.name}: ${ttlKey} is no instant that every row has; name another as ttlKey`,
    );
  }
  const second = (seconds: number) => `toDateTime64(${seconds}, 3, 'UTC')`;
  const told = `least(greatest(${quoted}, ${second(0)}), ${second(lastSecond - secondsOf(rule))})`;
  return `toDateTime(${told}) + INTERVAL ${interval} ${unit}`;
};

export const modifyTimeToLive = (mapping: TableMapping, expiry: string, of: Definitions): string =>
  `ALTER TABLE ${mapping.quoted}${onCluster(of)} MODIFY TTL ${expiry}`;

export const modifyColumnTimeToLive = (
  mapping: TableMapping,
  column: MappedColumn,
  expiry: string,
  of: Definitions,
): string => `ALTER TABLE ${mapping.quoted}${onCluster(of)} MODIFY COLUMN ${columnDefinition(column)} TTL ${expiry}`;

function hash(text: string): string {
  let state = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    state = BigInt.asUintN(64, (state ^ BigInt(byte)) * 0x100000001b3n);
  return state.toString(36);
}
