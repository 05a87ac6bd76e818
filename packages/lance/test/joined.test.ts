import { connect } from "@lancedb/lancedb";
import { defineTable, get, insert, integer, isConflict, remove, text, upsert } from "@stowage/core/engine";
import { fd } from "@stowage/testkit";
import { scratchFolder } from "@stowage/testkit/engines";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LanceEngine } from "../src/engine.ts";

const things = defineTable("stowage_test_things", { id: text(), n: integer(), by: text() }, { key: ["id"] });
const thing = (id: string, n = 0, by = "") => ({ id, n, by });
const ids = Array.from({ length: 30 }, (_, index) => `it's "${index}" \\`);

let folder: ReturnType<typeof scratchFolder>;
let engine: LanceEngine;
beforeEach(async () => {
  folder = scratchFolder();
  engine = new LanceEngine({ uri: folder.path });
  await engine.converge([things]);
});
afterEach(async () => {
  await engine.close();
  folder.remove();
});

const versions = async () => (await (await connect(folder.path)).openTable(things.name)).version();
const outcomes = async (calls: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(calls)).map((result) =>
    result.status === "fulfilled" ? "done" : isConflict(result.reason) ? "conflict" : result.reason,
  );
const rows = async () =>
  (
    await engine.read([
      get(
        things,
        ids.map((id) => [id]),
      ),
    ])
  )[0].rows;

test("writes of single records that wait together share commits, and each has an answer of its own", async () => {
  await engine.write([insert(things, thing(ids[3] as string, 7))]);
  const before = await versions();
  expect(await outcomes(ids.map((id) => engine.write([insert(things, thing(id))])))).toEqual(
    ids.map((_, index) => (index === 3 ? "conflict" : "done")),
  );
  expect((await rows()).map((row) => row?.n)).toEqual(ids.map((_, index) => (index === 3 ? 7 : 0)));

  const found = await rows();
  const expected = (index: number) => ({ rev: (found[index]?._rev ?? 0) + (index % 10 === 0 ? 1 : 0) });
  const changes = ids.map((id, index) => engine.write([upsert(things, thing(id, 9), { expect: expected(index) })]));
  expect(await outcomes(changes)).toEqual(ids.map((_, index) => (index % 10 === 0 ? "conflict" : "done")));
  expect((await rows()).map((row) => row?.n === 9)).toEqual(ids.map((_, index) => index % 10 !== 0));

  const latest = await rows();
  const removals = ids.map((id, index) =>
    engine.write([remove(things, [id], { rev: (latest[index]?._rev ?? 0) + (index % 10 === 1 ? 1 : 0) })]),
  );
  expect(await outcomes(removals)).toEqual(ids.map((_, index) => (index % 10 === 1 ? "conflict" : "done")));
  expect((await rows()).map((row) => row !== undefined)).toEqual(ids.map((_, index) => index % 10 === 1));
  expect((await versions()) - before).toBeLessThan(20);
});

fd(
  "FD-127",
  "of many writers in several processes that make the same records at the same moment each record has one maker",
  async () => {
    const others = ["a", "b", "c", "d", "e"].map((by) => ({ by, engine: new LanceEngine({ uri: folder.path }) }));
    const made = await Promise.all(
      others.map(({ by, engine }) => outcomes(ids.map((id) => engine.write([insert(things, thing(id, 0, by))])))),
    );
    for (const [index, row] of (await rows()).entries()) {
      const makers = others.filter((_, which) => made[which]?.[index] === "done").map(({ by }) => by);
      expect(makers).toEqual([row?.by]);
    }
    await Promise.all(others.map(({ engine }) => engine.close()));
  },
);

test("what others have written since is seen, however often the same record is read", async () => {
  const other = new LanceEngine({ uri: folder.path });
  const [id = ""] = ids;
  const read = async (of: LanceEngine) => (await of.read([get(things, [[id]])]))[0].rows[0]?.n;
  for (let n = 1; n <= 5; n++) {
    await (n % 2 ? engine : other).write([upsert(things, thing(id, n))]);
    expect([await read(engine), await read(engine), await read(other)]).toEqual([n, n, n]);
  }
  await other.write([remove(things, [id])]);
  expect(await read(engine)).toBeUndefined();
  await other.close();
});
