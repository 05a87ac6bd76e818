import { describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import { keyOfOp } from "../engine/apply.ts";
import { text } from "../engine/column.ts";
import type { Engine } from "../engine/engine.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { find, get, insert, patch, remove, upsert, type WriteOp } from "../engine/operations.ts";
import { defineTable } from "../engine/table.ts";
import { claims } from "./batches/claims.ts";
import { chaos } from "./chaos.ts";
import { type ProcessLevelOptions, processLevel } from "./process-level.ts";
import { forward, type Layer, stack } from "./stack.ts";

/** A database that upserts and removes, and nothing more. */
const blind = () =>
  new MemoryEngine({
    atomicity: "process",
    compareAndSwap: false,
    maxValueBytes: 1_000_000,
    atomicLimit: Object.freeze({ records: 0, bytes: 0 }),
  });
const around = (inner: Engine, ...between: Layer[]) => stack(inner, [...between, processLevel()]);
const ids = async (engine: Engine) => {
  const [{ rows }] = await engine.read([find(notes, { path: "all", eq: { owner: "o" } })]);
  return rows.map((row) => row.id);
};

function watched(inner: Engine) {
  const requests: string[][] = [];
  const engine = forward(inner, {
    write: (ops, options) => {
      expect(options?.atomic).toBe(false);
      requests.push(ops.map((op) => `${op.op} ${op.op === "put" ? (op.row as { id: string }).id : op.key}`));
      return inner.write(ops, options);
    },
  });
  return { engine, requests };
}

describe("processLevel", () => {
  test("declares what it can and what it cannot", () => {
    const { capabilities } = around(blind());
    expect(capabilities).toMatchObject({
      atomicity: "process",
      compareAndSwap: false,
      atomicLimit: { records: 500, bytes: 1_000_000 + 1_048_576 },
    });
    expect(Object.isFrozen(capabilities)).toBe(true);
  });

  test("writes all rows of the last record's table with it where they are seen together", async () => {
    const { engine: inner, requests } = watched(blind());
    const engine = stack(inner, [processLevel({ tablesAtOnce: true })]);
    const others = defineTable("others", { id: text() }, { key: ["id"] });
    await engine.converge([notes, others]);
    await engine.write([insert(notes, note("a")), insert(others, { id: "other" }), insert(notes, note("b"))]);
    expect(requests).toEqual([["put other"], ["put a", "put b"]]);
  });

  test("tells all that a batch changes before any of it is written, and stops there when told to", async () => {
    const { engine: inner, requests } = watched(blind());
    const told: unknown[] = [];
    let isAllowed = true;
    const permit: ProcessLevelOptions["permit"] = (changes) => {
      told.push(changes.map(({ table, before, after }) => [table.name, before?.id, after?.id]));
      if (!isAllowed) throw new Error("not that much");
    };
    const engine = stack(inner, [processLevel({ permit })]);
    await engine.write([insert(notes, note("a")), insert(notes, note("b", { code: "x" }))]);
    const claim = `${notes.name}/byCode/sx!`;
    expect(told.pop()).toEqual([
      [notes.name, undefined, "a"],
      [notes.name, undefined, "b"],
      [claims.name, undefined, claim],
    ]);
    requests.length = 0;
    isAllowed = false;
    await expect(engine.write([remove(notes, ["b"]), remove(notes, ["missing"])])).rejects.toThrow("not that much");
    expect(told.pop()).toEqual([
      [notes.name, "b", undefined],
      [claims.name, claim, undefined],
    ]);
    expect(requests).toEqual([]);
  });

  test("takes revisions from an engine that tells them, and does not read them", async () => {
    const told = new WeakMap<readonly WriteOp[], readonly number[]>();
    const store = blind();
    let reads = 0;
    const inner = forward(store, {
      read: ((ops, options) => {
        reads++;
        return store.read(ops, options);
      }) as Engine["read"],
      write(ops, options) {
        told.set(
          ops,
          ops.map(() => 7),
        );
        return store.write(ops, options);
      },
    });
    const engine = stack(inner, [processLevel({ revisionsOf: (ops) => told.get(ops) })]);
    await engine.converge([notes]);
    const written = await engine.write([insert(notes, note("a")), insert(notes, note("b"))]);
    expect(written).toEqual([
      { outcome: "inserted", rev: 7 },
      { outcome: "inserted", rev: 7 },
    ]);
    expect(reads).toBe(1);
    expect(await engine.write([remove(notes, ["a"])])).toEqual([{ outcome: "removed", rev: 0 }]);
  });

  test("writes the last changed record last, in a request of its own", async () => {
    const { engine: inner, requests } = watched(blind());
    const engine = around(inner);
    await engine.write([insert(notes, note("child1")), insert(notes, note("child2")), insert(notes, note("parent"))]);
    expect(requests).toEqual([["put child1", "put child2"], ["put parent"]]);
    requests.length = 0;
    await engine.write([
      remove(notes, ["child1"]),
      remove(notes, ["missing"]),
      patch(notes, ["parent"], { set: { n: 1 } }),
    ]);
    expect(requests).toEqual([["remove child1"], ["put parent"]]);
  });

  test("takes unique values before it writes the records, and gives them up after", async () => {
    const { engine: inner, requests } = watched(blind());
    const engine = around(inner);
    await engine.write([insert(notes, note("a", { code: "x" }))]);
    await engine.write([patch(notes, ["a"], { set: { code: "y" } })]);
    const claim = (code: string) => `${notes.name}/byCode/s${code}!`;
    expect(requests).toEqual([
      [`put ${claim("x")}`],
      ["put a"],
      [`put ${claim("y")}`],
      ["put a"],
      [`remove ${claim("x")}`],
    ]);
  });

  test("writes one at a time, and readers see a batch whole or not at all", async () => {
    const memory = blind();
    let writing = 0;
    let most = 0;
    const slow = forward(memory, {
      write: async (ops, options) => {
        most = Math.max(most, ++writing);
        await new Promise((resolve) => setImmediate(resolve));
        const results = await memory.write(ops, options);
        writing--;
        return results;
      },
    });
    const engine = around(slow);
    const put = (n: number) => engine.write(["a", "b", "c"].map((id) => upsert(notes, note(id, { n }))));
    await put(0);
    const writers = Array.from({ length: 10 }, (_, index) => put(index + 1));
    for (let i = 0; i < 20; i++) {
      const [{ rows }] = await engine.read([get(notes, [["a"], ["b"], ["c"]])]);
      expect(new Set(rows.map((row) => row?.n)).size).toBe(1);
    }
    await Promise.all(writers);
    expect(most).toBe(1);
  });

  test("says that the outcome is unknown once a part is written", async () => {
    const ops = [insert(notes, note("a")), insert(notes, note("b")), insert(notes, note("c", { code: "x" }))];
    const codes: string[] = [];
    for (let failCall = 1, met = true; met; failCall++) {
      const inner = blind();
      const faults = chaos({ failCall });
      const outcome = await around(inner, faults)
        .write(ops)
        .then(
          () => "written",
          (error: { code: string }) => error.code,
        );
      met = faults.met;
      codes.push(outcome);
      if (outcome === "unavailable") expect(await ids(around(inner))).toEqual([]);
    }
    // Two reads (records, claims), the first part, the last record, the revisions; then a run without a fault.
    expect(codes.at(-1)).toBe("written");
    expect(new Set(codes.slice(0, -1))).toEqual(new Set(["unavailable", "unknown_outcome"]));
    expect(codes.lastIndexOf("unavailable")).toBeLessThan(codes.indexOf("unknown_outcome"));
  });

  test("killed at any request, it has not written the record that publishes without the others", async () => {
    const ops: WriteOp[] = [
      insert(notes, note("child1")),
      insert(notes, note("child2", { code: "x" })),
      insert(notes, note("parent")),
    ];
    for (const when of ["before", "after"] as const) {
      for (let failCall = 1, met = true; met; failCall++) {
        const inner = blind();
        const faults = chaos({ failCall, when, rest: "fail" });
        await around(inner, faults)
          .write(ops)
          .catch(() => {});
        met = faults.met;
        const next = around(inner);
        const left = await ids(next);
        if (left.includes("parent")) expect(left).toEqual(["child1", "child2", "parent"]);
        // A claim that was left behind holds nobody up.
        if (!left.includes("child2")) await next.write([insert(notes, note("other", { code: "x" }))]);
        else
          await expect(next.write([insert(notes, note("other", { code: "x" }))])).rejects.toMatchObject({
            code: "conflict",
          });
      }
    }
  });

  test("keeps claims when rows with unique keys are written in bulk", async () => {
    const inner = blind();
    const engine = around(inner);
    const rows = Array.from({ length: 1_200 }, (_, index) => note(`n${index}`, { code: `c${index}` }));
    await engine.write(
      rows.map((row) => upsert(notes, row)),
      { atomic: false },
    );
    await expect(engine.write([insert(notes, note("thief", { code: "c1199" }))])).rejects.toMatchObject({
      refusal: { reason: "unique" },
    });
    const [{ rows: held }] = await inner.read([
      get(
        claims,
        rows.map((row) => [`${notes.name}/byCode/s${row.code}!`]),
      ),
    ]);
    expect(held.every((claim) => claim !== undefined)).toBe(true);
  });

  test("waits for the write under way before it closes", async () => {
    const memory = blind();
    const engine = around(memory);
    const write = engine.write([insert(notes, note("a")), insert(notes, note("b"))]);
    await engine.close();
    expect((await write).map((result) => result.outcome)).toEqual(["inserted", "inserted"]);
  });
});

describe("processLevel, writes beside each other", () => {
  const words = defineTable("words", { id: text(), word: text() }, { key: ["id"], paths: { all: { sort: ["id"] } } });
  const word = (id: string, written = "") => ({ id, word: written });
  /** A database whose writes end when the test says so. */
  async function slow() {
    const store = blind();
    const under: { ids: string[]; end(): void }[] = [];
    const inner = forward(store, {
      async write(ops, options) {
        const { promise, resolve } = Promise.withResolvers<void>();
        under.push({ ids: ops.map((op) => `${keyOfOp(op)}`), end: resolve });
        await promise;
        return store.write(ops, options);
      },
    });
    const engine = stack(inner, [processLevel({ besideEachOther: true, tablesAtOnce: true })]);
    await engine.converge([words]);
    return { engine, under, begun: () => under.map(({ ids: names }) => names.join()) };
  }
  const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

  test("of different records go at once, of the same one after the other, and readers see none of them by half", async () => {
    const { engine, under, begun } = await slow();
    const first = engine.write([insert(words, word("a")), insert(words, word("b"))]);
    const second = engine.write([insert(words, word("c"))]);
    const third = engine.write([upsert(words, word("b", "later"))]);
    let hasRead = false;
    const read = engine.read([find(words, { path: "all" })]).then(([{ rows }]) => {
      hasRead = true;
      return rows.map((row) => `${row.id}${row.word}`);
    });
    const fourth = engine.write([insert(words, word("d"))]);
    await turn();
    expect(begun()).toEqual(["a,b", "c"]);
    under[0]?.end();
    await first;
    await turn();
    expect(begun()).toEqual(["a,b", "c", "b"]);
    under[1]?.end();
    await second;
    await turn();
    expect(hasRead).toBe(false);
    under[2]?.end();
    await third;
    expect(await read).toEqual(["a", "blater", "c"]);
    await turn();
    expect(begun()).toEqual(["a,b", "c", "b", "d"]);
    under[3]?.end();
    await fourth;
  });

  test("a writer that fails frees its records", async () => {
    const { engine, under, begun } = await slow();
    const failing = engine.write([insert(words, word("a"))]);
    await turn();
    under[0]?.end();
    await failing;
    await expect(engine.write([insert(words, word("a"))])).rejects.toMatchObject({ code: "conflict" });
    const next = engine.write([upsert(words, word("a", "again"))]);
    await turn();
    expect(begun()).toEqual(["a", "a"]);
    under[1]?.end();
    await next;
  });
});
