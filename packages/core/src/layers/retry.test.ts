import { describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import type { Engine } from "../engine/engine.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { check, find, get, insert, insertOrSkip, patch, remove, upsert, type WriteOp } from "../engine/operations.ts";
import { type ErrorCode, StorageError } from "../errors.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { forward, stack } from "./stack.ts";

type Fault = ErrorCode | "lost";

/** An engine that meets the faults one after the other, then works. `lost`: done, and the answer is lost. */
function faulty(engine: Engine, faults: Fault[], log: string[] = []): Engine {
  const meet =
    <Args extends unknown[], Result>(verb: string, call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      log.push(verb);
      const fault = faults.shift();
      if (fault === undefined) return call(...args);
      if (fault === "lost") await call(...args);
      throw new StorageError("planted", {
        code: fault === "lost" ? "unknown_outcome" : fault,
        details: { table: "t" },
      });
    };
  return forward(engine, {
    converge: meet("converge", engine.converge.bind(engine)),
    read: (async (ops, options) => {
      log.push("read");
      return engine.read(ops, options);
    }) as Engine["read"],
    write: meet("write", engine.write.bind(engine)),
    removeRange: meet("removeRange", engine.removeRange.bind(engine)),
  });
}

const waits: number[] = [];
const settings: RetryOptions = {
  pause: async (ms) => {
    waits.push(ms);
  },
};
const around = (engine: Engine, options: RetryOptions = settings) => stack(engine, [retry(options)]);
const content = async (engine: Engine) => {
  const [{ rows }] = await engine.read([find(notes, { path: "all", eq: { owner: "o" } })]);
  return rows.map((row) => [row.id, row.n]);
};

describe("retry of what failed as temporary", () => {
  test.each(["busy", "unavailable", "timeout"] as const)("tries every verb again after %s", async (code) => {
    const engine = new MemoryEngine();
    await around(faulty(engine, [code, code])).converge([notes]);
    const [result] = await around(faulty(engine, [code, code])).write([insert(notes, note("a"))]);
    expect(result?.outcome).toBe("inserted");
    expect(await content(engine)).toEqual([["a", 0]]);
    const { removed } = await around(faulty(engine, [code])).removeRange({ table: notes, limit: 5 });
    expect(removed).toBe(1);
  });

  test("tries reads again", async () => {
    let tries = 0;
    const engine = new MemoryEngine();
    const unreliable = forward(engine, {
      read: (async (ops, options) => {
        if (++tries < 4) throw new StorageError("planted", { code: "unavailable" });
        return engine.read(ops, options);
      }) as Engine["read"],
    });
    const [{ rows }] = await around(unreliable).read([get(notes, [["a"]])]);
    expect(rows).toEqual([undefined]);
    expect(tries).toBe(4);
  });

  test("FD-098: gives up after six tries and says so", async () => {
    const log: string[] = [];
    const engine = faulty(new MemoryEngine(), Array<Fault>(10).fill("busy"), log);
    const error = await around(engine)
      .write([upsert(notes, note("a"))])
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "busy", retry: "exhausted", details: { table: "t" } });
    expect((error as Error).cause).toMatchObject({ code: "busy", retry: "temporary" });
    expect(log).toHaveLength(6);
  });

  test("waits a random part of a doubling time, never longer than the cap", async () => {
    waits.length = 0;
    const engine = faulty(new MemoryEngine(), Array<Fault>(50).fill("busy"));
    await expect(around(engine, { ...settings, tries: 20, base: 10, cap: 100 }).write([])).rejects.toThrow();
    expect(waits).toHaveLength(19);
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(Math.min(100, 10 * 2 ** index));
    }
  });

  test("starts no try after the budget", async () => {
    let time = 0;
    const log: string[] = [];
    const engine = faulty(new MemoryEngine(), Array<Fault>(50).fill("busy"), log);
    const slow = around(engine, {
      budget: 100,
      tries: 50,
      base: 0,
      now: () => time,
      pause: async () => {
        time += 40;
      },
    });
    await expect(slow.write([])).rejects.toMatchObject({ retry: "exhausted" });
    expect(log).toHaveLength(4);
  });

  test("starts no try after the deadline of the call", async () => {
    const log: string[] = [];
    const engine = faulty(new MemoryEngine(), Array<Fault>(50).fill("unavailable"), log);
    const call = around(engine, { ...settings, now: () => 1_000 }).write([], { deadline: 999 });
    await expect(call).rejects.toMatchObject({ code: "unavailable", retry: "exhausted" });
    expect(log).toHaveLength(1);
  });

  test("stops waiting when the call is aborted", async () => {
    const controller = new AbortController();
    const engine = faulty(new MemoryEngine(), Array<Fault>(50).fill("busy"));
    const call = around(engine, { base: 1e9, cap: 1e9, budget: 1e12 }).write([], { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted" });
  });

  test("leaves an error alone that retries further in have exhausted", async () => {
    const log: string[] = [];
    const inner = around(faulty(new MemoryEngine(), Array<Fault>(50).fill("busy"), log), { ...settings, tries: 3 });
    await expect(around(inner).write([])).rejects.toMatchObject({ retry: "exhausted" });
    expect(log).toHaveLength(3);
  });
});

describe("retry leaves final", () => {
  const permanent: ErrorCode[] = [
    "conflict",
    "invalid_argument",
    "too_large",
    "closed",
    "schema",
    "permission",
    "internal",
  ];

  test.each(permanent)("%s", async (code) => {
    const log: string[] = [];
    const engine = faulty(new MemoryEngine(), [code], log);
    await expect(around(engine).write([upsert(notes, note("a"))])).rejects.toMatchObject({ code, retry: "permanent" });
    expect(log).toEqual(["write"]);
  });

  test("what is no storage error", async () => {
    const engine = forward(new MemoryEngine(), { write: () => Promise.reject(new TypeError("wrong")) });
    await expect(around(engine).write([])).rejects.toBeInstanceOf(TypeError);
  });

  test("a removal of a range whose answer is lost: a second one would remove more", async () => {
    const engine = new MemoryEngine();
    await engine.write(["a", "b", "c"].map((id) => insert(notes, note(id))));
    const call = around(faulty(engine, ["lost"])).removeRange({
      table: notes,
      path: "all",
      eq: { owner: "o" },
      limit: 1,
    });
    await expect(call).rejects.toMatchObject({ code: "unknown_outcome" });
    expect(await content(engine)).toHaveLength(2);
  });
});

describe("retry of a write whose answer is lost", () => {
  test("repeats what leaves the same when done twice", async () => {
    const engine = new MemoryEngine();
    await engine.write([insert(notes, note("gone")), insert(notes, note("patched"))]);
    await around(faulty(engine, ["lost", "lost"])).write([
      upsert(notes, note("a", { n: 5 })),
      insertOrSkip(notes, note("b", { n: 6 })),
      remove(notes, ["gone"]),
      patch(notes, ["patched"], { set: { n: 7 } }),
    ]);
    expect(await content(engine)).toEqual([
      ["a", 5],
      ["b", 6],
      ["patched", 7],
    ]);
  });

  test("repeats the bulk form", async () => {
    const engine = new MemoryEngine();
    await around(faulty(engine, ["lost"])).write([upsert(notes, note("a", { n: 1 }))], { atomic: false });
    expect(await content(engine)).toEqual([["a", 1]]);
  });

  const guarded: Record<string, (rev: number) => WriteOp[]> = {
    "an insert": () => [insert(notes, note("new"))],
    "an upsert of an absent record": () => [upsert(notes, note("new"), { expect: "absent" })],
    "a patch of a revision": (rev) => [patch(notes, ["a"], { raise: { n: 1 }, expect: { rev } })],
    "a removal of a revision": (rev) => [remove(notes, ["a"], { rev })],
    "a batch with one guard": (rev) => [patch(notes, ["b"], { raise: { n: 1 } }), remove(notes, ["a"], { rev })],
  };

  for (const [name, ops] of Object.entries(guarded)) {
    test(`${name}: sends it again when it has not arrived`, async () => {
      const engine = new MemoryEngine();
      const [made] = await engine.write([insert(notes, note("a")), insert(notes, note("b"))]);
      const log: string[] = [];
      const [result] = await around(faulty(engine, ["unknown_outcome"], log)).write(ops(made?.rev as number));
      expect(result?.outcome).toMatch(/inserted|updated|removed/);
      expect(log).toEqual(["write", "read", "write"]);
    });

    test(`${name}: says that the outcome is unknown when it may have arrived, and changes nothing more`, async () => {
      const engine = new MemoryEngine();
      const [made] = await engine.write([insert(notes, note("a")), insert(notes, note("b"))]);
      const log: string[] = [];
      const call = around(faulty(engine, ["lost"], log)).write(ops(made?.rev as number));
      await expect(call).rejects.toMatchObject({ code: "unknown_outcome", retry: "permanent" });
      expect(log).toEqual(["write", "read"]);
    });
  }

  const unguarded: Record<string, WriteOp[]> = {
    "a raise": [patch(notes, ["a"], { raise: { n: 1 } })],
    "a write that expects presence": [upsert(notes, note("a"), { expect: "exists" })],
    "a write beside a check": [upsert(notes, note("a")), check(notes, ["a"], "exists")],
  };

  for (const [name, ops] of Object.entries(unguarded)) {
    test(`${name}: is not sent again, as nothing shows whether it arrived`, async () => {
      const engine = new MemoryEngine();
      await engine.write([insert(notes, note("a"))]);
      const log: string[] = [];
      const call = around(faulty(engine, ["unknown_outcome"], log)).write(ops);
      await expect(call).rejects.toMatchObject({ code: "unknown_outcome" });
      expect(log).toEqual(["write"]);
    });
  }

  test("says that the outcome is unknown when the record cannot be read either", async () => {
    const engine = new MemoryEngine();
    let writes = 0;
    const dead = forward(engine, {
      read: () => Promise.reject(new StorageError("planted", { code: "unavailable" })),
      write: async () => {
        writes++;
        throw new StorageError("planted", { code: "unknown_outcome" });
      },
    });
    await expect(around(dead).write([insert(notes, note("a"))])).rejects.toMatchObject({
      code: "unknown_outcome",
      retry: "permanent",
    });
    expect(writes).toBe(1);
  });

  test("does not take its own late arrival for somebody else's conflict", async () => {
    const engine = new MemoryEngine();
    const ops = [insert(notes, note("new"))];
    let tries = 0;
    const late = forward(engine, {
      write: async (given, options) => {
        if (++tries === 1) throw new StorageError("planted", { code: "unknown_outcome" });
        if (tries === 2) await engine.write(ops);
        return engine.write(given, options);
      },
    });
    const error = await around(late)
      .write(ops)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "unknown_outcome", cause: { code: "conflict" } });
  });

  test("reports a true conflict of a first try as such", async () => {
    const engine = new MemoryEngine();
    await engine.write([insert(notes, note("a"))]);
    const call = around(faulty(engine, ["busy"])).write([insert(notes, note("a"))]);
    await expect(call).rejects.toMatchObject({ code: "conflict", refusal: { reason: "absent" } });
  });
});
