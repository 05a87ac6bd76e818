import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Seconds that the files take which take longest, roughly. A fresh clone has no durations to go by, and Vitest's own guess,
 * the size of a file, is wrong for those that only run a suite.
 */
const seconds: Readonly<Record<string, number>> = {
  "packages/dynamodb/test/domains-more.test.ts": 550,
  "packages/lance/test/domains.observability.test.ts": 400,
  "packages/mongodb/test/domains-more.test.ts": 300,
  "packages/clickhouse/test/domains.observability.test.ts": 300,
  "packages/cloudflare/test/kv/domains.observability.test.ts": 300,
  "packages/cloudflare/test/kv/domains-more.test.ts": 300,
  "packages/lance/test/domains.memory.test.ts": 240,
  "packages/lance/test/domains-more.test.ts": 240,
  "packages/cloudflare-d1/test/domains.test.ts": 210,
  "packages/clickhouse/test/domains.memory.test.ts": 210,
  "packages/clickhouse/test/domains-more.test.ts": 200,
  "packages/lance/test/domains.test.ts": 200,
  "packages/lance/test/faults.test.ts": 200,
  "packages/dynamodb/test/domains.test.ts": 200,
  "packages/dynamodb/test/domains.memory.test.ts": 200,
  "packages/dynamodb/test/engine.test.ts": 180,
  "packages/libsql/test/domains.server.test.ts": 170,
  "packages/cloudflare-d1/test/engine.single.test.ts": 160,
  "packages/cloudflare/test/do/domains.test.ts": 160,
  "packages/lance/test/engine.test.ts": 160,
  "packages/clickhouse/test/domains.test.ts": 150,
  "packages/clickhouse/test/engine.test.ts": 150,
  "packages/cloudflare/test/kv/domains.memory.test.ts": 250,
  "packages/clickhouse/test/entries.test.ts": 120,
  "packages/upstash/test/domains.test.ts": 115,
  "packages/libsql/test/processes.test.ts": 110,
  "packages/cloudflare/test/kv/engine.test.ts": 105,
  "packages/mssql/test/translated.domains.test.ts": 100,
  "packages/mongodb/test/engine.standalone.test.ts": 95,
  "packages/mongodb/test/domains.memory.test.ts": 90,
  "bench/traces.test.ts": 80,
  "bench/bench.test.ts": 80,
  "packages/convex/test/domains.test.ts": 75,
  "packages/cloudflare/test/kv/chaos.test.ts": 75,
  "packages/mysql/test/domains.test.ts": 65,
  "packages/libsql/test/domains.test.ts": 60,
  "packages/redis/test/domains.test.ts": 60,
  "packages/pg/test/domains.test.ts": 60,
  "packages/mongodb/test/engine.test.ts": 60,
  "packages/pg/test/domains-15.test.ts": 55,
  "packages/mssql/test/translated.test.ts": 45,
};

/** Runs the slowest files first, whatever their project, so that the workers end at about the same time. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const secondsOf = ({ moduleId }: TestSpecification) => seconds[relative(this.ctx.config.root, moduleId)] ?? 0;
    return (await super.sort(files)).sort((a, b) => secondsOf(b) - secondsOf(a));
  }
}
