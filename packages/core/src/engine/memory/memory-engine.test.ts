import { describe, expect, test } from "vitest";
import { note, notes } from "../../../test/notes.ts";
import { count, find, get, insert, upsert } from "../operations.ts";
import { MemoryEngine } from "./memory-engine.ts";

// The engine contract is tested by the suites of @stowage/testkit; here is what this engine has beside it.
describe("the in-memory engine", () => {
  test("forgets everything when it is cleared, and goes on", async () => {
    const engine = new MemoryEngine();
    await engine.write([insert(notes, note("a", { code: "x" }))]);
    engine.clear();
    await engine.write([insert(notes, note("b", { code: "x" }))]);
    expect((await engine.read([get(notes, [["a"], ["b"]])]))[0].rows.map((row) => row?.id)).toEqual([undefined, "b"]);
  });

  test("refuses every verb once it is closed", async () => {
    const engine = new MemoryEngine();
    await engine.close();
    await engine.close();
    const calls = [
      engine.converge([]),
      engine.read([]),
      engine.write([]),
      engine.removeRange({ table: notes, limit: 1 }),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: "closed" });
  });

  test("is held to the limits it is told to declare", async () => {
    const engine = new MemoryEngine({ maxValueBytes: 10, atomicLimit: Object.freeze({ records: 2, bytes: 200 }) });
    expect(engine.capabilities).toMatchObject({
      maxValueBytes: 10,
      atomicLimit: { records: 2, bytes: 200 },
      atomicity: "native",
    });
    const tooLarge = { code: "too_large" };
    await engine.write([insert(notes, note("é".repeat(20), { body: "é".repeat(5) }))]);
    await expect(engine.write([insert(notes, note("c", { body: "é".repeat(6) }))])).rejects.toMatchObject(tooLarge);
    await expect(engine.write(["d", "e", "f"].map((id) => insert(notes, note(id))))).rejects.toMatchObject(tooLarge);
    await expect(engine.write([insert(notes, note("x".repeat(300)))])).rejects.toMatchObject(tooLarge);
    await engine.write(
      ["d", "e", "f"].map((id) => upsert(notes, note(id))),
      { atomic: false },
    );
  });

  test("a count up to nothing is nothing, with a filter too", async () => {
    const engine = new MemoryEngine();
    await engine.write([insert(notes, note("a"))]);
    const filter = { op: "eq", column: "n", value: 0 } as const;
    const counts = await engine.read([
      count(notes, { path: "all", eq: { owner: "o" }, limit: 0 }),
      count(notes, { path: "all", eq: { owner: "o" }, filter, limit: 0 }),
    ]);
    expect(counts).toEqual([{ count: 0 }, { count: 0 }]);
  });

  test("a page of no rows is empty, and keeps its place", async () => {
    const engine = new MemoryEngine();
    await engine.write([insert(notes, note("a")), insert(notes, note("b"))]);
    const op = find(notes, { path: "all", eq: { owner: "o" }, limit: 1 });
    const [{ cursor }] = await engine.read([op]);
    const [empty] = await engine.read([{ ...op, limit: 0, cursor: cursor as string }]);
    expect(empty).toEqual({ rows: [], end: "limit", cursor });
  });
});
