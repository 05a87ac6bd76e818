import { expect, test } from "vitest";
import { placesOf } from "./places.ts";

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
