import { expect, test } from "vitest";
import { countSuites, type Report, render } from "./tested.ts";

const ran = (file: string, ...tests: readonly (readonly [status: string, ...titles: string[]])[]) => ({
  name: `/project/packages/${file}`,
  assertionResults: tests.map(([status, ...ancestorTitles]) => ({ ancestorTitles, status })),
});

test("suites are told by database and by how it is reached", () => {
  const report: Report = {
    testResults: [
      ran(
        "pg/test/engine.test.ts",
        ["passed", "PostgreSQL 18", "pg: engine", "filters"],
        ["skipped", "PostgreSQL 18", "pg: engine", "time to live"],
        ["passed", "PostgreSQL 18", "pg: model"],
      ),
      ran("pg/test/domains.test.ts", ["passed", "PostgreSQL 18", "pg: domains", "memory", "threads"]),
      ran("mssql/test/domains.test.ts", ["skipped", "mssql: domains", "scores"]),
      ran("redis/test/domains.test.ts", ["passed", "redis: domains", "agents"], ["failed", "redis: domains", "agents"]),
      ran("core/src/errors.test.ts", ["passed", "errors"]),
    ],
  };
  const table = render(countSuites(report, "/project")).split("\n").slice(-5, -1);
  expect(table).toEqual([
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    "| mssql | mssql |  |  |  |  |  |  | not run |  |  |  |  |",
    "| pg | PostgreSQL 18, pg | ● | ✓ |  |  | ✓ |  |  |  |  |  |  |",
    "| redis | redis |  |  |  |  |  |  |  |  | **failed** |  |  |",
  ]);
});
