import { defineTable, type Engine, find, insert, integer, type Page, text } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { open } from "./harness.ts";
import { OrderedMap } from "./ordered-map.ts";

const columns = { id: text(), kind: text(), at: integer() };
const older = defineTable("growing", columns, { key: ["id"], paths: { byKind: { eq: ["kind"] } } });
const newer = defineTable("growing", columns, {
  key: ["id"],
  unique: { byAt: ["at"] },
  paths: { byKind: { eq: ["kind"] }, byTime: { sort: ["at"] }, later: { eq: ["kind"], sort: ["at"], onDemand: true } },
});

const row = (at: number) => ({ id: `r${String(at).padStart(4, "0")}`, kind: at % 2 ? "odd" : "even", at });
const rowsOf = async (engine: Engine, path: "byTime" | "later") => {
  const walk = path === "byTime" ? { path } : { path, eq: { kind: ["odd", "even"] } };
  const [page] = (await engine.read([find(newer, walk as never)])) as unknown as [Page<typeof newer>];
  return page.rows.map(({ at }) => at);
};

test("several processes may make a table with rows grow at once", async () => {
  const map = new OrderedMap();
  const first = open(map);
  await first.converge([older]);
  await first.write(Array.from({ length: 90 }, (_, at) => insert(older, row(at))));
  const engines = Array.from({ length: 4 }, () => open(map));
  await Promise.all(engines.map((engine) => engine.converge([newer])));
  const all = Array.from({ length: 90 }, (_, at) => at);
  for (const engine of engines) {
    expect(await rowsOf(engine, "byTime")).toEqual(all);
    expect(await rowsOf(engine, "later")).toEqual(all);
    expect((await engine.converge([newer])).statements).toEqual([]);
  }
});

test("rows that break a new unique key are told, and the rest of the table stays in use", async () => {
  const engine = open();
  await engine.converge([older]);
  await engine.write([insert(older, row(1)), insert(older, { ...row(2), at: 1 })]);
  await expect(engine.converge([newer])).rejects.toMatchObject({ refusal: { reason: "unique" } });
  const [page] = await engine.read([find(older, { path: "byKind", eq: { kind: ["odd", "even"] } })]);
  expect(page.rows).toHaveLength(2);
});
