import { describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import { isConflict } from "../errors.ts";
import { forward } from "../layers/stack.ts";
import type { Engine } from "./engine.ts";
import { MemoryEngine } from "./memory/memory-engine.ts";
import { modify, modifyBy } from "./modify.ts";
import { get, insert, patch, remove, upsert } from "./operations.ts";

const numberOf = async (engine: Engine, id: string) => (await engine.read([get(notes, [[id]])]))[0].rows[0]?.n;
const increment = (engine: Engine, id = "a") =>
  modify(engine, notes, [id], (row, rev) => ({
    write: [upsert(notes, note(id, { n: (row?.n ?? 0) + 1 }), { expect: row ? { rev } : "absent" })],
    result: (row?.n ?? 0) + 1,
  }));

describe("modify", () => {
  test("counts every call, queued in this process without a single conflict", async () => {
    const engine = new MemoryEngine();
    const results = await Promise.all(Array.from({ length: 50 }, () => increment(engine)));
    expect(results).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(await numberOf(engine, "a")).toBe(50);
  });

  test("starts again when somebody else was faster", async () => {
    const engine = new MemoryEngine();
    await engine.write([insert(notes, note("a"))]);
    let tries = 0;
    const result = await modify(engine, notes, ["a"], async (row, rev) => {
      if (++tries <= 3) await engine.write([patch(notes, ["a"], { raise: { n: 0 } })]);
      return { write: [patch(notes, ["a"], { set: { body: `n was ${row?.n}` }, expect: { rev } })], result: row?.n };
    });
    expect([tries, result]).toEqual([4, 3]);
  });

  test("writes nothing when there is nothing to do, and passes on what the change throws", async () => {
    const engine = new MemoryEngine();
    expect(await modify(engine, notes, ["a"], () => ({ result: "nothing" }))).toBe("nothing");
    await expect(modify(engine, notes, ["a"], () => Promise.reject(new RangeError("mine")))).rejects.toThrow("mine");
    expect(await numberOf(engine, "a")).toBeUndefined();
    expect(await increment(engine)).toBe(1);
  });

  test("tells what became of the writes", async () => {
    const engine = new MemoryEngine();
    const outcome = await modify(engine, notes, ["a"], () => ({
      write: [insert(notes, note("a"))],
      result: (results) => results[0]?.outcome,
    }));
    expect(outcome).toBe("inserted");
  });

  test("does not read what this process changed last, and notices when somebody else did", async () => {
    const inner = new MemoryEngine();
    let reads = 0;
    const engine = forward(inner, {
      read: (ops, options) => {
        reads++;
        return inner.read(ops, options);
      },
    });
    expect([await increment(engine), await increment(engine), await increment(engine)]).toEqual([1, 2, 3]);
    expect(reads).toBe(1);
    await inner.write([patch(notes, ["a"], { set: { n: 10 } })]);
    expect(await increment(engine)).toBe(11);
    expect(reads).toBe(2);
    // For a while it may happen again.
    expect(await increment(engine)).toBe(12);
    expect(reads).toBe(3);
    expect(await numberOf(inner, "a")).toBe(12);
  });

  test("reads every time where rows may expire", async () => {
    const inner = new MemoryEngine();
    let reads = 0;
    const engine = forward(inner, {
      capabilities: { ...inner.capabilities, timeToLive: true },
      read: (ops, options) => {
        reads++;
        return inner.read(ops, options);
      },
    });
    expect([await increment(engine), await increment(engine)]).toEqual([1, 2]);
    expect(reads).toBe(2);
  });

  test("decides nothing on what is only remembered", async () => {
    const engine = new MemoryEngine();
    await increment(engine);
    await engine.write([remove(notes, ["a"])]);
    const seen = await modify(engine, notes, ["a"], (row) => ({ result: row?.n }));
    expect(seen).toBeUndefined();
    await increment(engine);
    await engine.write([patch(notes, ["a"], { set: { n: 5 } })]);
    const refuseSmall = modify(engine, notes, ["a"], (row, rev) => {
      if ((row?.n ?? 0) < 5) throw new RangeError("small");
      return { write: [patch(notes, ["a"], { set: { n: 6 }, expect: { rev } })], result: row?.n };
    });
    expect(await refuseSmall).toBe(5);
  });

  test("gives up after two dozen tries with the last refusal", async () => {
    const engine = new MemoryEngine();
    await engine.write([insert(notes, note("a", { code: "x" }))]);
    let tries = 0;
    const error = await modifyBy(engine, "scope", async () => {
      tries++;
      return { write: [insert(notes, note("b", { code: "x" }))], result: undefined };
    }).catch((reason: unknown) => reason);
    expect(tries).toBe(24);
    expect(isConflict(error)).toBe(true);
    expect(error).toMatchObject({ retry: "exhausted", refusal: { reason: "unique", unique: "byCode" } });
  });

  test("calls of other scopes do not wait, and a failing one does not hold up the next", async () => {
    const engine = new MemoryEngine();
    const blocked = Promise.withResolvers<void>();
    const slow = modifyBy(engine, "one", async () => {
      await blocked.promise;
      throw new Error("failed");
    });
    const next = modifyBy(engine, "one", async () => ({ result: "next" }));
    expect(await modifyBy(engine, "two", async () => ({ result: "other" }))).toBe("other");
    blocked.resolve();
    await expect(slow).rejects.toThrow("failed");
    expect(await next).toBe("next");
  });
});
