import { check, defineTable, insert, patch, remove, text, upsert } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { d1Engine } from "./engine.ts";

const notes = defineTable("notes", { id: text(), body: text() }, { key: ["id"] });

/** An engine whose client notes the statements of each request and answers with revision 7. */
function recording() {
  const requests: string[][] = [];
  const answer = { results: [{ _rev: 7 }], meta: { changes: 1 } };
  const client = {
    query: async ({ sql }: { sql: string }) => {
      requests.push([sql]);
      return answer;
    },
    batch: async (statements: { sql: string }[]) => {
      requests.push(statements.map(({ sql }) => sql));
      return statements.map(() => answer);
    },
  };
  return { engine: d1Engine({ client }), requests };
}

test("a single operation is one statement, whatever it expects", async () => {
  const { engine, requests } = recording();
  const row = { id: "a", body: "b" };
  await engine.write([insert(notes, row)]);
  await engine.write([upsert(notes, row)]);
  await engine.write([upsert(notes, row, { expect: { rev: 6 } })]);
  await engine.write([patch(notes, ["a"], { set: { body: "c" }, expect: { rev: 6 } })]);
  await engine.write([remove(notes, ["a"], { rev: 6 })]);
  await engine.write([check(notes, ["a"], { rev: 7 })]);
  expect(requests.map((statements) => statements.length)).toEqual([1, 1, 1, 1, 1, 1]);
});

test("a row that comes alone names only the columns that it has values for, and replaces the others", async () => {
  const drafts = defineTable("drafts", { id: text(), title: text().nullable(), body: text() }, { key: ["id"] });
  const { engine, requests } = recording();
  await engine.write([insert(drafts, { id: "a", title: null, body: "b" })]);
  await engine.write([upsert(drafts, { id: "a", title: null, body: "b" })]);
  const [[inserted], [upserted]] = requests as [string[], string[]];
  expect(inserted).toMatch(/^INSERT INTO "drafts" \("id", "body", "_rev"\) VALUES \(\?, \?, \?\) ON CONFLICT/);
  expect(upserted).toContain('"title" = excluded."title"');
});

test("a check beside a change is a guard, and is looked up only where any revision will do", async () => {
  const { engine, requests } = recording();
  const change = upsert(notes, { id: "a", body: "b" });
  const results = await engine.write([check(notes, ["b"], { rev: 5 }), check(notes, ["c"], "absent"), change]);
  expect(results.slice(0, 2)).toEqual([
    { outcome: "checked", rev: 5 },
    { outcome: "checked", rev: 0 },
  ]);
  await engine.write([check(notes, ["b"], "exists"), change]);
  expect(requests.map((statements) => statements.length)).toEqual([3, 3]);
});

test("rows of one table that come one after the other are one statement", async () => {
  const { engine, requests } = recording();
  const note = (id: string) => ({ id, body: id });
  const ids = Array.from({ length: 250 }, (_, n) => `n${n}`);
  await engine.write([...ids.map((id) => insert(notes, note(id))), patch(notes, ["a"], { set: { body: "c" } })]);
  await engine.write(ids.map((id) => upsert(notes, note(id))));
  await engine.write(ids.slice(0, 2).map((id) => upsert(notes, note(id))));
  // A guard, the rows, and the patch; a row for itself where it is long.
  expect(requests.map((statements) => statements.length)).toEqual([3, 1, 2]);
  await engine.write([
    ...ids.slice(0, 3).map((id) => upsert(notes, note(id))),
    upsert(notes, { id: "z", body: "z".repeat(70_000) }),
  ]);
  expect(requests.at(-1)).toHaveLength(2);
});
