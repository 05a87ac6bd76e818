import { startPostgres } from "@stowage/testkit/engines";
import type { Database } from "../../database.ts";
import { driver } from "./driver.ts";
import { peer } from "./peer.ts";
import { stowage } from "./stowage.ts";

/** PostgreSQL 18 on this machine, without syncs of the disk. A place is the connection string of a database of its own. */
export const pg: Database = {
  key: "pg",
  title: "PostgreSQL",
  variants: { stowage, peer, driver },
  packages: ["@stowage/pg", "@mastra/pg", "@mastra/core", "pg"],
  targets: { mean: 3, driver: 0.85 },
  note: `Server and client share the processors: a call costs what both compute, and a round trip as little as 40 µs. What is written
by hand keeps the same promises for the call itself (unknown threads are refused, repeats do no harm, metadata is merged by
one statement and comes back as it was saved), but not for what else may be asked of the data: it has one index beside the key where
Stowage has up to thirteen, fewer columns, no revisions, and no row for a trace beside its spans. The threads that are updated
were updated before by the same process; the first time, Stowage reads a thread and then writes it.

Some targets are out of reach where server and client share two processors, which what is written by hand shows: it is 2.2 to
2.4 times as fast as the peer on the mean, at 64 spans at once and with 32 agents, so 3, 10 and 4 times the peer would take
about 1.4, 4.2 and 1.6 times the speed of bare statements. Even one statement for all 64 spans, at the pace at which 100 are saved
by hand, would take a sixth or seventh of the peer's time. Saving 2 messages, Stowage keeps four indexes more up to date
(one of messages, by their owner, and three of threads, as a thread moves in the order of activity) and has the server check
JSON: for the server alone that is a third more work. A total counts the entries of an index that end in the message's id, which
makes the order total and the index nearly twice as large; the peer's ends in the time, so that
pages of messages of one time may overlap.`,

  async start() {
    const server = await startPostgres("18", { shared_buffers: "512MB", max_wal_size: "4GB" });
    const admin = server.connectionString;
    const place = (name: string) => {
      const url = new URL(admin);
      url.pathname = `/${name}`;
      return url.href;
    };
    const nameOf = (place: string) => `"${new URL(place).pathname.slice(1)}"`;
    return {
      place,
      copy: (from, to) => query(admin, `CREATE DATABASE ${nameOf(to)} TEMPLATE ${nameOf(from)}`).then(() => {}),
      remove: (place) => query(admin, `DROP DATABASE IF EXISTS ${nameOf(place)} WITH (FORCE)`).then(() => {}),
      stop: () => server.stop(),
    };
  },

  async prepare(place) {
    const url = new URL(place);
    const name = url.pathname.slice(1);
    url.pathname = "/postgres";
    const found = await query(url.href, "SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (found.length === 0) await query(url.href, `CREATE DATABASE "${name}"`);
  },

  settle: (place) => query(place, "VACUUM ANALYZE").then(() => {}),

  async size(place) {
    const [row] = await query(place, "SELECT pg_database_size(current_database())::float8 AS size");
    return row?.size as number;
  },

  async written(place) {
    const [row] = await query(place, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes");
    return { bytes: row?.bytes as number, log: "" };
  },
};

async function query(connectionString: string, text: string, values: unknown[] = []) {
  const { Client } = await import("pg");
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}
