import { check, defineTable, get, insert, integer, patch, text, upsert } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { KvEngine, readFirst } from "../src/index.ts";
import { OrderedMap, OrderedMapPort } from "./ordered-map.ts";

const notes = defineTable(
  "notes",
  { id: text(), owner: text(), n: integer(), title: text() },
  { key: ["id"], paths: { byOwner: { eq: ["owner"], sort: ["n"] } }, unique: { byNumber: ["owner", "n"] } },
);
const note = (id: string, n: number) => ({ id, owner: "ada", n, title: "" });

async function open(engines: number) {
  const map = new OrderedMap();
  const all = Array.from({ length: engines }, () => new KvEngine(readFirst(new OrderedMapPort(map))));
  for (const engine of all) await engine.converge([notes]);
  for (const engine of all) await engine.read([get(notes, [["none"]])]);
  const cost = async (call: Promise<unknown>): Promise<number> => {
    map.requests = 0;
    await call;
    return map.requests;
  };
  const numberOf = async (engine: KvEngine, id: string) => (await engine.read([get(notes, [[id]])]))[0].rows[0]?.n;
  return { all, cost, numberOf };
}

test("what was just written or read is changed in one request", async () => {
  const { all, cost, numberOf } = await open(2);
  const [first, second] = all as [KvEngine, KvEngine];
  await first.write([insert(notes, note("a", 1))]);
  expect(await cost(first.write([patch(notes, ["a"], { set: { n: 2 } })]))).toBe(1);
  expect(await numberOf(second, "a")).toBe(2);
  expect(await cost(second.write([patch(notes, ["a"], { raise: { n: 0 } }), check(notes, ["b"], "absent")]))).toBe(1);
  expect(await numberOf(first, "a")).toBe(3);
  expect(await cost(first.write([upsert(notes, note("a", 7)), upsert(notes, note("b", 8))]))).toBe(1);
  // Taken for new, refused, looked at, written.
  expect(await cost(second.write([upsert(notes, note("b", 9))]))).toBe(3);
  // Nobody came between: it is known from here on.
  expect(await cost(second.write([upsert(notes, note("b", 10))]))).toBe(1);
  expect(await numberOf(first, "b")).toBe(10);
});

test("what somebody else has changed meanwhile is looked at, and not trusted for a while", async () => {
  const { all, cost } = await open(2);
  const [first, second] = all as [KvEngine, KvEngine];
  const name = (title: string) => patch(notes, ["a"], { set: { title } });
  await first.write([insert(notes, note("a", 1))]);
  await second.write([name("second")]);
  // Refused, looked at, written.
  expect(await cost(first.write([name("first")]))).toBe(3);
  expect(await cost(first.write([name("first again")]))).toBe(2);
  const [{ rows }] = await second.read([get(notes, [["a"]])]);
  expect(rows[0]).toMatchObject({ title: "first again" });
});

test("a refusal is never told from memory", async () => {
  const { all } = await open(2);
  const [first, second] = all as [KvEngine, KvEngine];
  await first.write([insert(notes, note("a", 1)), insert(notes, note("b", 2))]);
  await second.write([patch(notes, ["a"], { set: { n: 5 } })]);
  const [{ rows }] = await second.read([get(notes, [["a"]])]);
  // By what the first one knows, both would be refused: the revision is another, and the number is taken.
  const expected = { rev: rows[0]?._rev as number };
  await first.write([patch(notes, ["a"], { set: { n: 6 }, expect: expected })]);
  await second.write([patch(notes, ["b"], { set: { n: 9 } })]);
  await first.write([patch(notes, ["a"], { set: { n: 2 } })]);
  await expect(first.write([patch(notes, ["b"], { set: { n: 2 } })])).rejects.toMatchObject({
    refusal: { reason: "unique" },
  });
  await expect(first.write([insert(notes, note("a", 20))])).rejects.toMatchObject({ refusal: { reason: "absent" } });
});
