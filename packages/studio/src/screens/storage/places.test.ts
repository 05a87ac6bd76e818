import { expect, test } from "vitest";
import { placesOf, sizeOf } from "./places.ts";

test("domains stand by the database that keeps them", () => {
  const up = { status: "up" as const };
  const places = placesOf([
    { domain: "memory", health: up, engine: "pg", target: "host/agents" },
    { domain: "scores", health: { status: "absent" } },
    { domain: "workflows", health: up, engine: "pg", target: "host/agents" },
    { domain: "observability", health: up, engine: "clickhouse", target: "host/traces" },
    { domain: "agents", health: up },
  ]);
  expect(places.map(({ name, domains }) => [name, domains.map(({ domain }) => domain)])).toEqual([
    ["pg", ["memory", "workflows"]],
    ["nobody", ["scores"]],
    ["clickhouse", ["observability"]],
    ["a store of another make", ["agents"]],
  ]);
});

test("a database takes what it says of itself, or else what its tables take, each once", () => {
  const up = { status: "up" as const };
  const tables = [{ name: "shared", bytes: 10 }, { name: "counted" }];
  const [whole, summed, silent] = placesOf([
    { domain: "memory", health: up, engine: "libsql", bytes: 7, tables },
    { domain: "scores", health: up, engine: "pg", tables },
    { domain: "agents", health: up, engine: "pg", tables: [...tables, { name: "own", bytes: 5 }] },
    { domain: "datasets", health: up, engine: "redis", tables: [{ name: "items" }] },
  ]).map(sizeOf);
  expect([whole, summed, silent]).toEqual([7, 15, undefined]);
});
