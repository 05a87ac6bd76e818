import { describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import { bigint, text } from "../engine/column.ts";
import type { Engine } from "../engine/engine.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { check, find, get, insert, patch, remove, upsert, type WriteOp } from "../engine/operations.ts";
import { defineTable } from "../engine/table.ts";
import { StorageError } from "../errors.ts";
import { claims } from "./batches/claims.ts";
import { journalTable } from "./batches/journal-record.ts";
import { type Chaos, chaos } from "./chaos.ts";
import { type JournalOptions, journal } from "./journal.ts";
import { retry } from "./retry.ts";
import { forward, type Layer, stack } from "./stack.ts";

const counters = defineTable("stowage_test_counters", { id: text(), total: bigint() }, { key: ["id"] });

/** A database that can compare and swap one record, and nothing more. */
const single = () =>
  new MemoryEngine({ atomicLimit: Object.freeze({ records: 1, bytes: 1e9 }), maxValueBytes: 4_194_304 });
const aroundWith =
  (options: JournalOptions) =>
  (inner: Engine, ...between: Layer[]) =>
    stack(inner, [...between, journal(options)]);
const around = aroundWith({});

const prepare = async (engine: Engine) => {
  await engine.write([
    insert(notes, note("patched", { code: "old" })),
    insert(notes, note("removed", { code: "freed" })),
    insert(notes, note("checked")),
    insert(counters, { id: "c", total: 2n ** 70n }),
  ]);
};

/** A batch over two tables that makes, changes, removes and checks, and moves a unique value. */
const batch = (): WriteOp[] => [
  insert(notes, note("made", { body: "\0 \ud800", data: '{"a":1}' })),
  patch(notes, ["patched"], { set: { code: "new" }, raise: { n: 1 } }),
  remove(notes, ["removed"]),
  insert(notes, note("successor", { code: "freed" })),
  check(notes, ["checked"], "exists"),
  upsert(counters, { id: "c", total: -(2n ** 80n) }),
];

async function state(engine: Engine) {
  const [page, counter] = await engine.read([find(notes, { path: "all", eq: { owner: "o" } }), get(counters, [["c"]])]);
  return {
    notes: page.rows.map(({ _rev, ...row }) => row),
    total: counter.rows[0]?.total,
  };
}

const before = {
  notes: [note("checked"), note("patched", { code: "old" }), note("removed", { code: "freed" })],
  total: 2n ** 70n,
};
const after = {
  notes: [
    note("checked"),
    note("made", { body: "\0 \ud800", data: '{"a":1}' }),
    note("patched", { code: "new", n: 1 }),
    note("successor", { code: "freed" }),
  ],
  total: -(2n ** 80n),
};

async function pending(inner: Engine): Promise<boolean> {
  const [{ rows }] = await inner.read([get(journalTable, [["journal"]])]);
  return rows[0]?.batch != null;
}

describe("journal", () => {
  test("declares the level, and limits that its record can hold", () => {
    const { capabilities } = around(single());
    expect(capabilities).toMatchObject({ atomicity: "journal", atomicLimit: { records: 200, bytes: 2_097_152 } });
    expect(capabilities.maxValueBytes).toBeLessThan(capabilities.atomicLimit.bytes);
    expect(Object.isFrozen(capabilities)).toBe(true);
  });

  test("writes a batch with requests of one record each, and leaves the journal empty", async () => {
    const inner = single();
    const engine = around(inner);
    await prepare(engine);
    const results = await engine.write(batch());
    expect(results.map((result) => result.outcome)).toEqual([
      "inserted",
      "updated",
      "removed",
      "inserted",
      "checked",
      "updated",
    ]);
    expect(await state(engine)).toEqual(after);
    expect(await pending(inner)).toBe(false);
    for (const [index, id] of ["made", "patched", "", "successor"].entries()) {
      if (id === "") continue;
      const [{ rows }] = await engine.read([get(notes, [[id]])]);
      expect(rows[0]?._rev).toBe(results[index]?.rev);
    }
  });

  test("writes nothing for a batch that only checks", async () => {
    const inner = single();
    const engine = around(inner);
    await prepare(engine);
    const writes: unknown[] = [];
    const watched = forward(inner, {
      write: (ops, options) => {
        writes.push(ops);
        return inner.write(ops, options);
      },
    });
    await around(watched).write([check(notes, ["checked"], "exists"), remove(notes, ["missing"])]);
    expect(writes).toEqual([]);
  });

  test("holds a batch of which the values nearly fill the journal record", async () => {
    const engine = around(single());
    const body = '\u0001"\\'.repeat(10_000);
    const rows = Array.from({ length: 20 }, (_, index) => note(`n${index}`, { body }));
    await engine.write(rows.map((row) => insert(notes, row)));
    const [{ rows: read }] = await engine.read([
      get(
        notes,
        rows.map((row) => [row.id]),
      ),
    ]);
    expect(read.every((row) => row?.body === body)).toBe(true);
  });

  test("refuses a batch over its limits before it writes", async () => {
    const inner = single();
    const engine = around(inner);
    const tooMany = Array.from({ length: 201 }, (_, index) => insert(notes, note(`n${index}`)));
    await expect(engine.write(tooMany)).rejects.toMatchObject({ code: "too_large" });
    const tooLarge = Array.from({ length: 3 }, (_, index) =>
      insert(notes, note(`n${index}`, { body: "x".repeat(1e6) })),
    );
    await expect(engine.write(tooLarge)).rejects.toMatchObject({ code: "too_large" });
    expect((await state(engine)).notes).toEqual([]);
  });
});

describe.each([1, 3, 200])("journal, killed between any two requests, %i records written at once", (atOnce) => {
  const around = aroundWith({ atOnce });

  for (const when of ["before", "after"] as const) {
    test(`(${when}) leaves the whole batch or nothing, and the next one finishes it`, async () => {
      let met = true;
      const seen = new Set<string>();
      for (let failCall = 1; met; failCall++) {
        expect(failCall).toBeLessThan(50);
        const inner = single();
        await prepare(around(inner));
        const faults = chaos({ failCall, when, rest: "fail" });
        const outcome = await around(inner, faults)
          .write(batch())
          .then(
            () => "written",
            (error: StorageError) => error.retry,
          );
        met = faults.met;
        const wasPending = await pending(inner);

        // Another process, which knows nothing of the first, reads or writes.
        const other = around(inner);
        if (failCall % 2 === 0) await other.write([insert(notes, note("unrelated", { owner: "p" }))]);
        const now = await state(other);
        const isApplied = now.total === after.total;
        expect(now).toEqual(isApplied ? after : before);
        if (outcome === "written") expect(isApplied).toBe(true);
        if (outcome === "temporary") expect(isApplied).toBe(false);
        expect(await pending(inner)).toBe(false);
        // Unique values are where the batch put them.
        const taken = isApplied ? ["new", "freed"] : ["old", "freed"];
        for (const code of taken) {
          await expect(other.write([insert(notes, note("thief", { code }))])).rejects.toMatchObject({
            code: "conflict",
          });
        }
        await other.write([insert(notes, note("free", { owner: "p", code: isApplied ? "old" : "new" }))]);
        seen.add(`${isApplied ? "applied" : "not applied"}${wasPending ? ", by another" : ""}`);
      }
      expect([...seen].sort()).toEqual(["applied", "applied, by another", "not applied"]);
    });

    test(`(${when}) any single fault leaves whole batches, and what is acknowledged stays`, async () => {
      let met = true;
      for (let failCall = 1; met; failCall++) {
        const inner = single();
        await prepare(around(inner));
        const faults: Chaos = chaos({ failCall, when });
        const engine = around(inner, faults);
        const acknowledged = await engine.write(batch()).then(
          () => true,
          () => false,
        );
        met = faults.met;
        const now = await state(around(inner));
        expect(now).toEqual(now.total === after.total ? after : before);
        if (acknowledged) expect(now).toEqual(after);
      }
    });
  }

  test("a finisher that is killed too leaves the rest to the next", async () => {
    for (let first = 3; first < 12; first++) {
      for (let second = 1; second < 12; second++) {
        const inner = single();
        await prepare(around(inner));
        await around(inner, chaos({ failCall: first, rest: "fail" }))
          .write(batch())
          .catch(() => {});
        await state(around(inner, chaos({ failCall: second, rest: "fail" }))).catch(() => {});
        const now = await state(around(inner));
        expect(now).toEqual(now.total === after.total ? after : before);
      }
    }
  });

  test("retry below it makes a short fault invisible", async () => {
    let met = true;
    for (let failCall = 1; met; failCall++) {
      const inner = single();
      await prepare(around(inner));
      const faults = chaos({ failCall });
      const engine = stack(inner, [faults, retry({ pause: async () => {} }), journal()]);
      await engine.write(batch());
      met = faults.met;
      expect(await state(engine)).toEqual(after);
    }
  });
});

describe("journal beside other processes", () => {
  /** Stops before the write of that number, until it is told to go on. */
  function frozen(inner: Engine, atWrite: number) {
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let writes = 0;
    const engine = forward(inner, {
      write: async (ops, options) => {
        if (++writes === atWrite) {
          reached.resolve();
          await goOn.promise;
        }
        return inner.write(ops, options);
      },
    });
    return { engine, reached: reached.promise, goOn: () => goOn.resolve() };
  }

  test("a reader who meets a batch finishes it, whatever domains he serves, and the writer learns that it is done", async () => {
    for (let atWrite = 2; atWrite <= 8; atWrite++) {
      const inner = single();
      await prepare(around(inner));
      const { engine, reached, goOn } = frozen(inner, atWrite);
      const write = around(engine).write(batch());
      await reached;
      const stranger = around(inner);
      await stranger.converge([]);
      expect(await state(stranger)).toEqual(after);
      goOn();
      const results = await write;
      expect(results.map((result) => result.outcome)).toContain("inserted");
      expect(await state(stranger)).toEqual(after);
    }
  });

  test("a writer who was overtaken does not write over what came later", async () => {
    for (let atWrite = 2; atWrite <= 8; atWrite++) {
      const inner = single();
      await prepare(around(inner));
      const { engine, reached, goOn } = frozen(inner, atWrite);
      const write = around(engine).write(batch());
      await reached;
      const other = around(inner);
      await other.write([
        patch(notes, ["made"], { set: { body: "later" } }),
        patch(notes, ["patched"], { set: { code: "later" } }),
        upsert(counters, { id: "c", total: 7n }),
      ]);
      const later = await state(other);
      goOn();
      const results = await write;
      expect(await state(other)).toEqual(later);
      // What it says about revisions lets it overwrite nothing either.
      const stale = around(inner).write([remove(notes, ["made"], { rev: results[0]?.rev as number })]);
      await expect(stale).rejects.toMatchObject({ code: "conflict" });
    }
  });

  test("a writer who was frozen for long asks whether the batch is still his", async () => {
    const inner = single();
    await prepare(around(inner));
    let time = 1_000_000;
    const clock = { now: () => time, sequence: () => 1, id: () => `b${time++}` };
    // The answer to the removal, the third record of the batch, comes late; the fourth would be made.
    const other = around(inner);
    let writes = 0;
    const slow = forward(inner, {
      write: async (ops, options) => {
        const results = await inner.write(ops, options);
        if (++writes === 4) {
          expect(await state(other)).toEqual(after);
          await other.write([remove(notes, ["successor"])]);
          time += 5_000;
        }
        return results;
      },
    });
    await stack(slow, [journal({ clock })]).write(batch());
    expect((await state(other)).notes.map((row) => row.id)).toEqual(["checked", "made", "patched"]);
  });

  test("a writer who finds that another applies his batch asks before he makes a record", async () => {
    const inner = single();
    await prepare(around(inner));
    const { engine, reached, goOn } = frozen(inner, 4);
    const write = around(engine).write(batch());
    await reached;
    const other = around(inner);
    expect(await state(other)).toEqual(after);
    await other.write([remove(notes, ["successor"])]);
    const later = await state(other);
    goOn();
    await write;
    expect(await state(other)).toEqual(later);
  });

  test("a writer whose answer is lost while the batch is posted knows what became of it", async () => {
    const inner = single();
    await prepare(around(inner));
    const other = around(inner);
    let isFirst = true;
    const losing = forward(inner, {
      write: async (ops, options) => {
        const results = await inner.write(ops, options);
        if (!isFirst) return results;
        isFirst = false;
        // Somebody else finishes the batch and writes on before the writer asks.
        await other.write([insert(notes, note("meanwhile"))]);
        throw new StorageError("planted", { code: "unknown_outcome" });
      },
    });
    const results = await around(losing).write(batch());
    expect(results.map((result) => result.outcome)).toContain("inserted");
    expect((await state(other)).total).toBe(after.total);
  });
});

describe("journal and unique keys", () => {
  test("claims move with the values, also in a range that is removed", async () => {
    const inner = single();
    const engine = around(inner);
    await prepare(engine);
    await engine.write(batch());
    await engine.removeRange({ table: notes, path: "all", eq: { owner: "o" }, limit: 100 });
    const [{ rows }] = await inner.read([
      get(
        claims,
        ["old", "new", "freed"].map((code) => [`${notes.name}/byCode/s${code}!`]),
      ),
    ]);
    expect(rows).toEqual([undefined, undefined, undefined]);
  });

  test("a claim that was left behind holds nobody up", async () => {
    const inner = single();
    const engine = around(inner);
    await engine.write([insert(notes, note("a", { code: "x" }))]);
    await engine.removeRange({ table: notes, limit: 10 });
    await engine.write([insert(notes, note("b", { code: "x" }))]);
    await expect(engine.write([insert(notes, note("c", { code: "x" }))])).rejects.toMatchObject({
      refusal: { reason: "unique", unique: "byCode" },
    });
  });
});
