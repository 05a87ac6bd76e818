// Writes the table in docs/capabilities.md from what the engines declare; `--check` fails when it is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capabilities as clickhouseCapabilities } from "@stowage/clickhouse";
import { capabilities as objectCapabilities } from "@stowage/cloudflare/do";
import { namespaceCapabilities } from "@stowage/cloudflare/kv";
import { capabilities as d1Capabilities } from "@stowage/cloudflare-d1";
import { capabilities as convexCapabilities } from "@stowage/convex";
import { InMemoryStore } from "@stowage/core";
import type { Capabilities } from "@stowage/core/engine";
import { capabilities as dynamodbCapabilities } from "@stowage/dynamodb";
import { capabilities as lanceCapabilities } from "@stowage/lance";
import { localCapabilities, remoteCapabilities } from "@stowage/libsql";
import { capabilities as mongodbCapabilities, standaloneCapabilities } from "@stowage/mongodb";
import { capabilities as mssqlCapabilities } from "@stowage/mssql";
import { capabilities as mysqlCapabilities } from "@stowage/mysql";
import { capabilities as postgresCapabilities } from "@stowage/pg";
import { capabilities as redisCapabilities } from "@stowage/redis";
import { capabilities as upstashCapabilities } from "@stowage/upstash";

const page = join(import.meta.dirname, "../docs/capabilities.md");
const [begin, end] = ["<!-- generated: npm run docs:capabilities -->", "<!-- end -->"];

const stores: Readonly<Record<string, Capabilities>> = {
  "in memory": new InMemoryStore().engine.capabilities,
  "libSQL, local": localCapabilities,
  "libSQL, remote": remoteCapabilities,
  PostgreSQL: postgresCapabilities,
  "MySQL and MariaDB": mysqlCapabilities,
  "SQL Server": mssqlCapabilities,
  MongoDB: mongodbCapabilities,
  "MongoDB, standalone": standaloneCapabilities,
  DynamoDB: dynamodbCapabilities,
  Redis: redisCapabilities,
  Upstash: upstashCapabilities,
  "Cloudflare D1": d1Capabilities,
  "Durable Objects": objectCapabilities,
  "Workers KV": namespaceCapabilities,
  Convex: convexCapabilities,
  ClickHouse: clickhouseCapabilities,
  LanceDB: lanceCapabilities,
};

const yes = (value: boolean) => (value ? "yes" : "no");
const bytes = (value: number) =>
  value === Number.MAX_SAFE_INTEGER
    ? "no limit"
    : value >= 2 ** 20
      ? `${value / 2 ** 20} MiB`
      : value >= 2 ** 10
        ? `${value / 2 ** 10} KiB`
        : `${value} bytes`;
const batch = ({ records, bytes: size }: { records: number; bytes: number }) =>
  `${records.toLocaleString("en")} records, ${bytes(size)}`;

const rows: readonly [name: string, value: (of: Capabilities) => string][] = [
  ["`atomicity`", ({ atomicity }) => atomicity],
  ["`atomicLimit`", ({ atomicLimit }) => batch(atomicLimit)],
  ["`bulkLimit`", ({ bulkLimit }) => batch(bulkLimit)],
  ["`compareAndSwap`", ({ compareAndSwap }) => yes(compareAndSwap)],
  ["`readYourWrites`", ({ readYourWrites }) => yes(readYourWrites)],
  ["`nativeFilter`", ({ nativeFilter }) => yes(nativeFilter)],
  ["`nativeJsonFilter`", ({ nativeJsonFilter }) => yes(nativeJsonFilter)],
  ["`nativeAggregate`", ({ nativeAggregate }) => yes(nativeAggregate)],
  ["`timeToLive`", ({ timeToLive }) => yes(timeToLive)],
  ["`maxValueBytes`", ({ maxValueBytes }) => bytes(maxValueBytes)],
  ["`maxKeyBytes`", ({ maxKeyBytes }) => bytes(maxKeyBytes)],
  ["`maxGetKeys`", ({ maxGetKeys }) => maxGetKeys.toLocaleString("en")],
];

/** The page with its table as the engines declare it now. */
export function currentPage(): { stored: string; current: string } {
  const stored = readFileSync(page, "utf8");
  const names = Object.keys(stores);
  const table = [
    `| capability | ${names.join(" | ")} |`,
    `| --- |${" --- |".repeat(names.length)}`,
    ...rows.map(
      ([name, value]) => `| ${name} | ${names.map((store) => value(stores[store] as Capabilities)).join(" | ")} |`,
    ),
  ].join("\n");
  const [head = "", rest = ""] = stored.split(begin);
  const tail = rest.split(end)[1] ?? "";
  return { stored, current: `${head}${begin}\n\n${table}\n\n${end}${tail}` };
}

if (import.meta.main) {
  const { stored, current } = currentPage();
  if (process.argv.includes("--check")) {
    if (stored !== current) console.error("docs/capabilities.md is stale: npm run docs:capabilities");
    process.exitCode = stored === current ? 0 : 1;
  } else writeFileSync(page, current);
}
