import { describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import type { Engine, WriteOptions } from "../engine/engine.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { check, find, insert, patch, remove, upsert, type WriteOp } from "../engine/operations.ts";
import { StorageError } from "../errors.ts";
import { groupCommit } from "./group-commit.ts";
import { forward, stack } from "./stack.ts";

/** An engine whose writes wait until they are let through one by one. */
function gated(engine: Engine = new MemoryEngine()) {
  const batches: { ops: readonly WriteOp[]; options: WriteOptions | undefined }[] = [];
  const gates: (() => void)[] = [];
  const slow = forward(engine, {
    write: async (ops, options) => {
      batches.push({ ops, options });
      await new Promise<void>((resolve) => gates.push(resolve));
      return engine.write(ops, options);
    },
  });
  const letOne = async () => {
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gates.shift()?.();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  /** Lets everything through until the calls have settled. */
  const letAll = async <T>(calls: Promise<T>[]) => {
    const settled = Promise.allSettled(calls);
    let done = false;
    settled.then(() => {
      done = true;
    });
    while (!done) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return settled;
  };
  const sizes = () => batches.map(({ ops }) => ops.length);
  return { engine: stack(slow, [groupCommit()]), inner: engine, batches, sizes, letOne, letAll };
}

const put = (id: string, n = 0) => [upsert(notes, note(id, { n }))];
const stored = async (engine: Engine) => {
  const [{ rows }] = await engine.read([find(notes, { path: "all", eq: { owner: "o" } })]);
  return rows.map((row) => [row.id, row.n]);
};

describe("groupCommit", () => {
  test("passes a write on at once, as it is, when the engine is idle", async () => {
    const { engine, batches, letAll } = gated();
    const options = { deadline: Date.now() + 60_000 };
    const ops = put("a");
    const call = engine.write(ops, options);
    expect(batches).toEqual([{ ops, options }]);
    expect(batches[0]?.ops).toBe(ops);
    await letAll([call]);
    expect(await call).toMatchObject([{ outcome: "inserted" }]);
  });

  test("joins what comes while a write is under way, and gives each caller his own results", async () => {
    const { engine, inner, sizes, letAll } = gated();
    await inner.write(put("known"));
    const calls = [
      engine.write(put("first")),
      engine.write([...put("a"), ...put("b")]),
      engine.write([remove(notes, ["missing"])]),
      engine.write([patch(notes, ["known"], { set: { n: 1 } }), ...put("c")]),
    ];
    const outcomes = await letAll(calls);
    expect(sizes()).toEqual([1, 5]);
    expect(
      outcomes.map((outcome) => outcome.status === "fulfilled" && outcome.value.map((result) => result.outcome)),
    ).toEqual([["inserted"], ["inserted", "inserted"], ["missing"], ["updated", "inserted"]]);
  });

  test("acknowledges after the commit", async () => {
    const { engine, inner, letOne } = gated();
    const acknowledged: string[] = [];
    const calls = ["a", "b", "c"].map((id) => engine.write(put(id)).then(() => acknowledged.push(id)));
    await letOne();
    await calls[0];
    expect(acknowledged).toEqual(["a"]);
    expect(await stored(inner)).toEqual([["a", 0]]);
    await letOne();
    await Promise.all(calls);
    expect(acknowledged).toEqual(["a", "b", "c"]);
  });

  test("keeps the order of batches that change one record, each in a write of its own", async () => {
    const { engine, inner, sizes, letAll } = gated();
    const calls = [1, 2, 3, 4].map((n) => engine.write(put("same", n)));
    await letAll([...calls, engine.write(put("other"))]);
    expect(sizes()).toEqual([1, 1, 1, 2]);
    expect(await stored(inner)).toEqual([
      ["other", 0],
      ["same", 4],
    ]);
  });

  test("keeps a check and a change of one record apart, and joins checks", async () => {
    const { engine, inner, sizes, letAll } = gated();
    await inner.write(put("parent"));
    const child = (id: string) => engine.write([check(notes, ["parent"], "exists"), ...put(id)]);
    const calls = [
      engine.write(put("first")),
      child("a"),
      child("b"),
      engine.write([remove(notes, ["parent"])]),
      child("c"),
    ];
    const outcomes = await letAll<unknown>(calls);
    expect(sizes()).toEqual([1, 4, 1, 2]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
    ]);
  });

  test("on a refusal writes every member on its own, with his own outcome and index", async () => {
    const { engine, inner, sizes, letAll } = gated();
    await inner.write(put("taken"));
    const calls = [
      engine.write(put("first")),
      engine.write(put("a")),
      engine.write([...put("b"), insert(notes, note("taken"))]),
      engine.write([insert(notes, note("c", { code: "x" }))]),
      engine.write([...put("d"), ...put("e"), insert(notes, note("f", { code: "x" }))]),
      engine.write(put("g")),
    ];
    const outcomes = await letAll(calls);
    expect(sizes()).toEqual([1, 8, 1, 2, 1, 3, 1]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.refusal] : []));
    expect(refusals).toMatchObject([
      { index: 1, reason: "absent" },
      { index: 2, reason: "unique", unique: "byCode" },
    ]);
    expect((await stored(inner)).map(([id]) => id)).toEqual(["a", "c", "first", "g", "taken"]);
  });

  test("a member that is a programming mistake harms nobody else", async () => {
    const { engine, letAll } = gated();
    const wrong = engine.write([...put("twice", 1), ...put("twice", 2)]);
    const outcomes = await letAll([engine.write(put("first")), wrong, engine.write(put("a"))]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await expect(wrong).rejects.toBeInstanceOf(TypeError);
  });

  test("a failure that says nothing about a member is everybody's, in an error of his own, and nothing is sent again", async () => {
    const memory = new MemoryEngine();
    let writes = 0;
    const failing = forward(memory, {
      write: async (ops, options) => {
        if (++writes === 2) throw new StorageError("planted", { code: "unknown_outcome" });
        return memory.write(ops, options);
      },
    });
    const { engine, letAll } = gated(failing);
    const calls = ["first", "a", "b"].map((id) => engine.write(put(id)));
    const [first, a, b] = await letAll(calls);
    expect(first?.status).toBe("fulfilled");
    const [one, two] = [a, b].map((outcome) => (outcome?.status === "rejected" ? outcome.reason : undefined));
    expect([one, two]).toMatchObject([{ code: "unknown_outcome" }, { code: "unknown_outcome" }]);
    expect(one).not.toBe(two);
    expect(one.details).not.toBe(two.details);
    expect(writes).toBe(2);
  });

  test("keeps a joined batch within the limits of the engine, and lets a large one go alone", async () => {
    const memory = new MemoryEngine();
    const narrow = forward(memory, {
      capabilities: { ...memory.capabilities, atomicLimit: { records: 5, bytes: 2_000 } },
    });
    const { engine, sizes, letAll } = gated(narrow);
    const many = (count: number, from: string) =>
      Array.from({ length: count }, (_, index) => upsert(notes, note(`${from}${index}`)));
    const calls = [
      engine.write(many(1, "first")),
      engine.write(many(2, "a")),
      engine.write(many(2, "b")),
      engine.write(many(2, "c")),
      engine.write(many(5, "d")),
      engine.write([upsert(notes, note("big", { body: "x".repeat(700) }))]),
      engine.write([upsert(notes, note("small"))]),
    ];
    await letAll(calls);
    expect(sizes()).toEqual([1, 4, 2, 5, 1, 1]);
  });

  test("lets the bulk form pass", async () => {
    const { engine, sizes, batches, letAll } = gated();
    const calls = [engine.write(put("first")), engine.write(put("bulk"), { atomic: false })];
    expect(sizes()).toEqual([1, 1]);
    expect(batches[1]?.options).toEqual({ atomic: false });
    await letAll(calls);
  });

  test("lets go of a caller who gave up while he waited, and writes nothing of his", async () => {
    const { engine, inner, letAll, letOne } = gated();
    const controller = new AbortController();
    const first = engine.write(put("first"));
    const aborted = engine.write(put("aborted"), { signal: controller.signal });
    const late = engine.write(put("late"), { deadline: Date.now() - 1 });
    const kept = engine.write(put("kept"));
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    const settled = Promise.allSettled([late]);
    await letOne();
    await letAll([first, kept]);
    expect(await settled).toMatchObject([{ status: "rejected", reason: { code: "timeout" } }]);
    expect((await stored(inner)).map(([id]) => id)).toEqual(["first", "kept"]);
  });

  test("close waits for those who are in the queue", async () => {
    const memory = new MemoryEngine();
    const { engine, letAll } = gated(memory);
    const calls: Promise<unknown>[] = [engine.write(put("a")), engine.write(put("b")), engine.write(put("c"))];
    const outcomes = await letAll([...calls, engine.close()]);
    expect(outcomes.every(({ status }) => status === "fulfilled")).toBe(true);
    await expect(memory.read([])).rejects.toMatchObject({ code: "closed" });
  });
});
