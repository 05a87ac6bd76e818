import type { ClickHouseClient, ClickHouseClientConfigOptions } from "@clickhouse/client";

/** Units of an interval of ClickHouse. */
export const intervalUnits = [
  "NANOSECOND",
  "MICROSECOND",
  "MILLISECOND",
  "SECOND",
  "MINUTE",
  "HOUR",
  "DAY",
  "WEEK",
  "MONTH",
  "QUARTER",
  "YEAR",
] as const;
export type IntervalUnit = (typeof intervalUnits)[number];

/** How long something is kept. `ttlKey` is the instant it is counted from, a column without nulls; default `createdAt`. */
export interface TimeToLive {
  /** At most 50 years: ClickHouse cannot tell instants after 2106 here. */
  interval: number;
  unit: IntervalUnit;
  ttlKey?: string;
}

/** What each unit comes to at most. */
const secondsOfUnit: Readonly<Record<IntervalUnit, number>> = {
  NANOSECOND: 1e-9,
  MICROSECOND: 1e-6,
  MILLISECOND: 1e-3,
  SECOND: 1,
  MINUTE: 60,
  HOUR: 3600,
  DAY: 86_400,
  WEEK: 604_800,
  MONTH: 31 * 86_400,
  QUARTER: 92 * 86_400,
  YEAR: 366 * 86_400,
};
const longestInterval = 50 * secondsOfUnit.YEAR;

/** How long an interval is at most, in whole seconds. */
export const secondsOf = ({ interval, unit }: TimeToLive): number => Math.ceil(interval * secondsOfUnit[unit]);

/** For one table: how long its rows are kept, and how long single columns are. */
export interface TableTimeToLive {
  row?: TimeToLive;
  columns?: Readonly<Record<string, TimeToLive>>;
}

/** Tables on several servers. Not for ClickHouse Cloud, which replicates by itself. */
export interface Replication {
  /** The cluster that tables are made on. Default: on the server that is asked alone. */
  cluster?: string;
  /** Where replicas of one table meet. Default `/clickhouse/tables/{shard}/{database}/{table}`. */
  zookeeperPath?: string;
  /** Default `{replica}`. */
  replicaName?: string;
}

interface CommonOptions {
  /**
   * How long rows and columns of a table are kept, by the name of the table. ClickHouse removes them when it merges. A name
   * that no table has is warned of.
   */
  ttl?: Readonly<Record<string, TableTimeToLive | undefined>>;
  replication?: Replication;
  /** What the names of tables begin with: letters, digits and underscores. Default: nothing. */
  prefix?: string;
  /**
   * Lets the server collect the inserts of many clients before it writes them; a write is acknowledged after that all the same,
   * up to `async_insert_busy_timeout_ms` later. For many writers of few rows. Default `false`.
   */
  asyncInsert?: boolean;
}

/** Where the server is: `url` with `username` and `password` and what else the client takes, or a `client` of your own. */
export type ClickhouseOptions = CommonOptions &
  (
    | {
        /** A client of `@clickhouse/client`, which the store never closes. Settings that matter are sent with each request. */
        client: ClickHouseClient;
        url?: never;
        username?: never;
        password?: never;
      }
    | ({ client?: never; url: string; username: string; password: string } & Omit<
        ClickHouseClientConfigOptions,
        "url" | "username" | "password"
      >)
  );

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly client: ClickHouseClient | undefined;
  /** For a client of our own. */
  readonly config: ClickHouseClientConfigOptions;
  readonly ttl: Readonly<Record<string, TableTimeToLive | undefined>>;
  readonly replication: (Required<Omit<Replication, "cluster">> & Pick<Replication, "cluster">) | undefined;
  readonly prefix: string;
  readonly asyncInsert: boolean;
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Checks the options without touching the database.
 *
 * @throws TypeError that says which option is wrong.
 */
export function resolveOptions(options: ClickhouseOptions, name = "ClickhouseStore"): ResolvedOptions {
  const refuse = (what: string) => new TypeError(`${name}: ${what}`);
  const { client, ttl = {}, replication, prefix = "", asyncInsert = false, ...config } = options ?? {};
  if (client === undefined) {
    if (typeof config.url !== "string" || config.url.trim() === "")
      throw refuse("url is required and cannot be empty.");
    for (const option of ["username", "password"] as const) {
      if (typeof config[option] !== "string") throw refuse(`${option} must be a string.`);
    }
  } else if (typeof client.insert !== "function") throw refuse("client must be one of @clickhouse/client.");
  if (prefix !== "" && !namePattern.test(prefix)) throw refuse("prefix may hold letters, digits and underscores only.");
  for (const [table, rules] of Object.entries(ttl)) {
    for (const rule of [rules?.row, ...Object.values(rules?.columns ?? {})]) if (rule) checkRule(rule, table, refuse);
  }
  if (replication?.cluster !== undefined && !/^[\w.{}-]+$/.test(replication.cluster)) {
    throw refuse("replication.cluster is no name of a cluster.");
  }
  const { id: _, disableInit: __, retention: ___, ...clientConfig } = config as Record<string, unknown>;
  return Object.freeze({
    client,
    config: clientConfig as ClickHouseClientConfigOptions,
    ttl,
    replication: replication && {
      zookeeperPath: "/clickhouse/tables/{shard}/{database}/{table}",
      replicaName: "{replica}",
      ...replication,
    },
    prefix,
    asyncInsert,
  });
}

function checkRule(rule: TimeToLive, table: string, refuse: (what: string) => TypeError): void {
  const { interval, unit } = rule;
  if (!Number.isSafeInteger(interval) || interval <= 0) {
    throw refuse(`ttl of ${table}: interval must be a whole number above 0.`);
  }
  if (!intervalUnits.includes(unit)) throw refuse(`ttl of ${table}: unit must be one of ${intervalUnits.join(", ")}.`);
  if (secondsOf(rule) > longestInterval) throw refuse(`ttl of ${table}: interval may be 50 years at most.`);
}
