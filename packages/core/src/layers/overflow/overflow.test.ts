import { describe, expect, test } from "vitest";
import { note, notes } from "../../../test/notes.ts";
import type { Engine } from "../../engine/engine.ts";
import { MemoryEngine } from "../../engine/memory/memory-engine.ts";
import {
  aggregate,
  count,
  type Find,
  find,
  get,
  insert,
  insertOrSkip,
  patch,
  remove,
  upsert,
} from "../../engine/operations.ts";
import { StorageError } from "../../errors.ts";
import { chaos } from "../chaos.ts";
import { forward, type Layer, stack } from "../stack.ts";
import { chunks, isManifest } from "./chunks.ts";
import { overflow } from "./overflow.ts";

const text = (letter: string, length = 5_000) =>
  Array.from({ length }, (_, index) => letter + ((index * 7919) % 9973).toString(36))
    .join("")
    .slice(0, length);
const limits = { records: 100, bytes: 1_048_576 };
const narrow = () => new MemoryEngine({ maxValueBytes: 1_000, atomicLimit: limits, bulkLimit: Object.freeze(limits) });

let time = 1_800_000_000_000;
let ids = 0;
const clock = { now: () => time, sequence: () => ++ids, id: () => `g${++ids}` };
const around = (inner: Engine, ...between: Layer[]) => stack(inner, [...between, overflow({ clock })]);

async function stored(inner: Engine, id: string) {
  const [{ rows }] = await inner.read([get(notes, [[id]])]);
  return rows[0];
}

async function generationsOf(inner: Engine): Promise<string[]> {
  const [{ rows }] = await inner.read([find(chunks, { path: "byTable", eq: { table: notes.name } })]);
  return [...new Set(rows.map((row) => row.generation))];
}

const bodyOf = async (engine: Engine, id: string) => (await stored(engine, id))?.body;

/** Counts the requests that reach an engine. */
function counted(inner: Engine) {
  const requests: string[] = [];
  const engine = forward(inner, {
    read: ((ops, options) => {
      requests.push("read");
      return inner.read(ops, options);
    }) as Engine["read"],
    write: (ops, options) => {
      requests.push(options?.atomic === false ? "bulk" : "write");
      return inner.write(ops, options);
    },
  });
  return { engine, requests };
}

describe("overflow", () => {
  test("FD-151: stores a value larger than the engine takes, and gives it back whole", async () => {
    const inner = narrow();
    const engine = around(inner);
    const data = JSON.stringify({ list: text("d"), "\0": "\ud800" });
    await engine.write([insert(notes, note("a", { body: text("b"), data }))]);
    expect(await stored(engine, "a")).toMatchObject({ body: text("b"), data });
    const [page] = await engine.read([find(notes, { path: "all", eq: { owner: "o" }, columns: ["body"] })]);
    expect(page.rows[0]?.body).toBe(text("b"));
    expect(Object.keys(page.rows[0] as object).sort()).toEqual(["_rev", "body"]);
    const raw = await stored(inner, "a");
    expect([isManifest(raw?.body), isManifest(raw?.data)]).toEqual([true, true]);
  });

  test("leaves what the engine takes where it is", async () => {
    const inner = narrow();
    await around(inner).write([insert(notes, note("a", { body: "x".repeat(1_000) }))]);
    expect((await stored(inner, "a"))?.body).toBe("x".repeat(1_000));
    expect(await generationsOf(inner)).toEqual([]);
  });

  test("keeps any string as it was", async () => {
    const engine = around(narrow());
    for (const piece of ["\0", "\ud800", "😀", "é", '"', "\\u0000", "\ufeff", "\u2028"]) {
      await engine.write([upsert(notes, note("a", { body: piece.repeat(1_001) }))]);
      expect((await bodyOf(engine, "a")) === piece.repeat(1_001)).toBe(true);
    }
  });

  test("does not take a value for a manifest that only looks like one", async () => {
    const inner = narrow();
    const engine = around(inner);
    await engine.write([insert(notes, note("a", { body: text("b"), data: JSON.stringify(text("d")) }))]);
    const raw = await stored(inner, "a");
    await engine.write([insert(notes, note("thief", { body: raw?.body ?? null, data: raw?.data ?? null }))]);
    expect(await stored(engine, "thief")).toMatchObject({ body: raw?.body, data: raw?.data });
  });

  test("raises what it lifts, and lowers nothing", () => {
    const inner = narrow();
    const { capabilities } = around(inner);
    expect(capabilities).toEqual({
      ...inner.capabilities,
      maxValueBytes: 64 * 1_048_576,
      atomicLimit: { records: 100, bytes: Number.MAX_SAFE_INTEGER },
    });
    expect(Object.isFrozen(capabilities)).toBe(true);
  });

  test("refuses more than 64 MiB before it writes anything", async () => {
    const { engine: inner, requests } = counted(narrow());
    const huge = "x".repeat(64 * 1_048_576 + 1);
    for (const op of [insert(notes, note("a", { body: huge })), patch(notes, ["a"], { set: { body: huge } })]) {
      await expect(around(inner).write([op])).rejects.toMatchObject({
        code: "too_large",
        details: { table: notes.name, key: "a", column: "body" },
      });
    }
    expect(requests.filter((request) => request !== "read")).toEqual([]);
  });

  test("asks for the old values of a batch by one list of keys, in tables with chunks", async () => {
    const inner = narrow();
    const reads: number[] = [];
    const counting = forward(inner, {
      read: ((ops, options) => {
        reads.push(ops.length);
        return inner.read(ops, options);
      }) as Engine["read"],
    });
    const engine = around(counting);
    const ids = Array.from({ length: 30 }, (_, index) => `n${index}`);
    await engine.write(ids.map((id, index) => insert(notes, note(id, { body: index % 10 ? "short" : text(id) }))));
    reads.length = 0;
    await engine.write(ids.map((id) => upsert(notes, note(id, { body: `new ${id}` }))));
    expect(reads).toEqual([1]);
    expect(await generationsOf(inner)).toEqual([]);
    expect(await bodyOf(engine, "n20")).toBe("new n20");
  });

  test("makes room in a batch of which each value would fit", async () => {
    const inner = new MemoryEngine({ maxValueBytes: 100_000, atomicLimit: limits, bulkLimit: limits });
    const engine = around(inner);
    const rows = Array.from({ length: 20 }, (_, index) => note(`n${index}`, { body: text("b", 100_000) }));
    await engine.write(rows.map((row) => insert(notes, row)));
    const [{ rows: read }] = await engine.read([
      get(
        notes,
        rows.map((row) => [row.id]),
      ),
    ]);
    expect(read.every((row) => row?.body === rows[0]?.body)).toBe(true);
  });
});

describe("overflow removes the chunks", () => {
  const ends: Record<string, (engine: Engine) => Promise<unknown>> = {
    "of a value that is replaced by a large one": (engine) =>
      engine.write([upsert(notes, note("a", { body: text("c") }))]),
    "of a value that is replaced by a small one": (engine) =>
      engine.write([upsert(notes, note("a", { body: "small" }))]),
    "of a value that is patched away": (engine) => engine.write([patch(notes, ["a"], { set: { body: null } })]),
    "of a value that is replaced in bulk": (engine) =>
      engine.write([upsert(notes, note("a", { body: "small" }))], { atomic: false }),
    "of a removed record": (engine) => engine.write([remove(notes, ["a"])]),
    "of a record removed in bulk": (engine) => engine.write([remove(notes, ["a"])], { atomic: false }),
    "of a removed range": (engine) =>
      engine.removeRange({ table: notes, path: "byNumber", eq: { owner: "o" }, limit: 10 }),
    "of a cleared table": async (engine) => {
      while (!(await engine.removeRange({ table: notes, limit: 10 })).done);
    },
  };

  for (const [name, end] of Object.entries(ends)) {
    test(name, async () => {
      const inner = narrow();
      await around(inner).write([insert(notes, note("a", { body: text("b") }))]);
      const before = await generationsOf(inner);
      expect(before).toHaveLength(1);
      // Another process, which has not written a large value itself.
      await end(around(inner));
      const after = await generationsOf(inner);
      expect(after).not.toContain(before[0]);
      expect(after).toHaveLength(name.endsWith("large one") ? 1 : 0);
    });
  }

  test("of a batch that was refused", async () => {
    const inner = narrow();
    const engine = around(inner);
    await engine.write([insert(notes, note("taken"))]);
    const write = engine.write([insert(notes, note("a", { body: text("b") })), insert(notes, note("taken"))]);
    await expect(write).rejects.toMatchObject({ code: "conflict", refusal: { index: 1 } });
    expect(await generationsOf(inner)).toEqual([]);
  });

  test("of a row that was skipped or is missing", async () => {
    const inner = narrow();
    const engine = around(inner);
    await engine.write([insert(notes, note("a", { body: text("b") }))]);
    const [kept] = await generationsOf(inner);
    await engine.write([
      insertOrSkip(notes, note("a", { body: text("c") })),
      patch(notes, ["missing"], { set: { body: text("d") } }),
    ]);
    expect(await generationsOf(inner)).toEqual([kept]);
    expect(await bodyOf(engine, "a")).toBe(text("b"));
  });

  test("of a column that the stored row keeps", async () => {
    const inner = narrow();
    const engine = around(inner);
    const first = note("a", { body: text("b"), data: JSON.stringify(text("d")) });
    const second = note("a", { body: text("c"), data: JSON.stringify(text("e")) });
    await engine.write([upsert(notes, first, { keep: ["body"] })]);
    await engine.write([upsert(notes, second, { keep: ["body"] })]);
    expect(await stored(engine, "a")).toMatchObject({ body: first.body, data: second.data });
    expect(await generationsOf(inner)).toHaveLength(2);
  });

  test("of no value when another column is patched", async () => {
    const { engine: inner, requests } = counted(narrow());
    const engine = around(inner);
    await engine.write([insert(notes, note("a", { body: text("b") }))]);
    const before = await generationsOf(inner);
    requests.length = 0;
    await engine.write([patch(notes, ["a"], { set: { n: 5 }, raise: {} })]);
    expect(requests).not.toContain("bulk");
    expect(await generationsOf(inner)).toEqual(before);
    expect(await stored(engine, "a")).toMatchObject({ n: 5, body: text("b") });
  });
});

describe("overflow and filters", () => {
  const rows = Array.from({ length: 12 }, (_, index) =>
    note(`n${String(index).padStart(2, "0")}`, {
      n: index % 4,
      body: index % 3 === 0 ? text("b") : `short ${index}`,
      data: JSON.stringify(index % 2 === 0 ? { kind: "even", filler: text("f") } : { kind: "odd" }),
    }),
  );
  const walk = { path: "byNumber" as const, eq: { owner: "o" } };
  const even = { op: "jsonEq", column: "data", path: ["kind"], value: '"even"' } as const;

  async function filled() {
    const inner = narrow();
    const engine = around(inner);
    for (const row of rows) await engine.write([insert(notes, row)]);
    return engine;
  }

  test("look at whole values", async () => {
    const engine = await filled();
    const expected = [0, 4, 8, 2, 6, 10].map((index) => rows[index]?.id);
    const [page] = await engine.read([find(notes, { ...walk, filter: even })]);
    expect(page.rows.map((row) => row.id)).toEqual(expected);
    expect(page.end).toBe("exhausted");
    const [desc] = await engine.read([find(notes, { ...walk, direction: "desc", filter: even, columns: ["id"] })]);
    expect(desc.rows.map((row) => row.id)).toEqual([...expected].reverse());
    const eq = { op: "eq", column: "body", value: text("b") } as const;
    expect(
      await engine.read([count(notes, { ...walk, filter: eq }), count(notes, { ...walk, filter: even, limit: 4 })]),
    ).toEqual([{ count: 4 }, { count: 4 }]);
    const not = { op: "not", arg: { op: "search", column: "body", value: "SHORT" } } as const;
    expect((await engine.read([count(notes, { ...walk, filter: not })]))[0].count).toBe(4);
  });

  test("page by limit, offset and cursor, and say why a page ended", async () => {
    const engine = await filled();
    const expected = [0, 4, 8, 2, 6, 10].map((index) => rows[index]?.id);
    for (const limit of [1, 2, 3, 5, 6, 7]) {
      const seen: unknown[] = [];
      let op: Find<typeof notes> = find(notes, { ...walk, filter: even, limit });
      for (;;) {
        const [page] = await engine.read([op]);
        seen.push(...page.rows.map((row) => row.id));
        if (page.end === "exhausted") break;
        expect(page.rows).toHaveLength(limit);
        op = { ...op, cursor: page.cursor as string };
      }
      expect(seen).toEqual(expected);
    }
    const [page] = await engine.read([find(notes, { ...walk, filter: even, offset: 2, limit: 3 })]);
    expect(page.rows.map((row) => row.id)).toEqual(expected.slice(2, 5));
  });

  test("a cursor of the time before the first large value still works", async () => {
    const engine = around(narrow());
    for (const id of ["a", "b", "c"]) await engine.write([insert(notes, note(id, { data: '{"kind":"even"}' }))]);
    const op = find(notes, { ...walk, filter: even, limit: 1 });
    const [first] = await engine.read([op]);
    await engine.write([insert(notes, note("d", { data: JSON.stringify({ kind: "even", filler: text("f") }) }))]);
    const [rest] = await engine.read([{ ...op, limit: 9, cursor: first.cursor as string }]);
    expect(rest.rows.map((row) => row.id)).toEqual(["b", "c", "d"]);
  });

  test("aggregates look at whole values", async () => {
    const engine = await filled();
    const op = aggregate(notes, {
      ...walk,
      groupBy: [{ column: "data", member: "kind" }],
      measures: { n: { fn: "count" }, bodies: { fn: "countDistinct", column: "body" } },
    });
    expect((await engine.read([op]))[0].groups).toEqual([
      { group: ["even"], values: { n: 6, bodies: 5 } },
      { group: ["odd"], values: { n: 6, bodies: 5 } },
    ]);
  });

  test("removeRange looks at whole values", async () => {
    const engine = await filled();
    const gone = { table: notes, ...walk, filter: even, limit: 4 };
    expect(await engine.removeRange(gone)).toEqual({ removed: 4, done: false });
    expect(await engine.removeRange(gone)).toEqual({ removed: 2, done: true });
    expect((await engine.read([count(notes, walk)]))[0].count).toBe(6);
    const whole = { table: notes, filter: { op: "search", column: "body", value: "short" } as const, limit: 100 };
    let removed = 0;
    for (let done = false; !done; ) {
      const result = await engine.removeRange(whole);
      removed += result.removed;
      done = result.done;
    }
    expect(removed).toBe(4);
    expect((await engine.read([count(notes, walk)]))[0].count).toBe(2);
  });
});

describe("overflow costs nothing where no value is large", () => {
  test("a write is one request, after one question for a table", async () => {
    const { engine: inner, requests } = counted(narrow());
    const engine = around(inner);
    await engine.write([insert(notes, note("a"))]);
    expect(requests).toEqual(["write"]);
    await engine.write([upsert(notes, note("a"))]);
    expect(requests).toEqual(["write", "read", "write"]);
    await engine.write([patch(notes, ["a"], { set: { body: "x" } }), remove(notes, ["b"])]);
    expect(requests).toEqual(["write", "read", "write", "write"]);
    time += 30_001;
    await engine.write([upsert(notes, note("a"))]);
    expect(requests.slice(4)).toEqual(["read", "write"]);
  });

  test("a read is one request, with a filter too", async () => {
    const { engine: inner, requests } = counted(narrow());
    const engine = around(inner);
    await engine.write([insert(notes, note("a", { body: "x" }))]);
    requests.length = 0;
    await engine.read([get(notes, [["a"]])]);
    const filter = { op: "eq", column: "body", value: "x" } as const;
    const [page, all] = await engine.read([
      find(notes, { path: "all", eq: { owner: "o" }, filter }),
      aggregate(notes, {
        path: "all",
        eq: { owner: "o" },
        measures: { bodies: { fn: "countDistinct", column: "body" } },
      }),
    ]);
    expect([page.rows.length, all.groups[0]?.values.bodies]).toEqual([1, 1]);
    expect(requests).toEqual(["read", "read"]);
  });

  test("large values are two reads, their chunks in one request", async () => {
    const { engine: inner, requests } = counted(narrow());
    const engine = around(inner);
    await engine.write(["a", "b"].map((id) => insert(notes, note(id, { body: text(id) }))));
    requests.length = 0;
    await engine.read([find(notes, { path: "all", eq: { owner: "o" } })]);
    expect(requests).toEqual(["read", "read"]);
  });
});

describe("overflow beside other processes", () => {
  test("a reader between head and chunks reads the head again", async () => {
    const inner = narrow();
    const writer = around(inner);
    await writer.write([insert(notes, note("a", { body: text("b") }))]);
    let isFirst = true;
    const slow = forward(inner, {
      read: (async (ops, options) => {
        const answers = await inner.read(ops, options);
        if (isFirst) {
          isFirst = false;
          await writer.write([upsert(notes, note("a", { body: text("c") }))]);
        }
        return answers;
      }) as Engine["read"],
    });
    expect(await bodyOf(around(slow), "a")).toBe(text("c"));
  });

  test("a value whose chunks are gone or changed is an error, never a part of it", async () => {
    const inner = narrow();
    const engine = around(inner);
    await engine.write([insert(notes, note("a", { body: text("b") }))]);
    const [generation] = await generationsOf(inner);
    const [{ rows }] = await inner.read([get(chunks, [[generation as string, 1]])]);
    const chunk = rows[0] as NonNullable<(typeof rows)[0]>;
    const corrupt = { code: "corrupt", details: { table: notes.name, column: "body" } };
    const { _rev: _, ...row } = chunk;
    await inner.write([upsert(chunks, { ...row, data: row.data.toLowerCase() })]);
    await expect(engine.read([get(notes, [["a"]])])).rejects.toMatchObject(corrupt);
    await inner.write([remove(chunks, [generation as string, 1])]);
    await expect(engine.read([get(notes, [["a"]])])).rejects.toMatchObject(corrupt);
    await inner.write([upsert(chunks, row)]);
    expect(await bodyOf(engine, "a")).toBe(text("b"));
  });

  test("an unknown outcome of the chunks is a temporary failure: no record refers to them", async () => {
    const inner = narrow();
    const lost = forward(inner, {
      write: async (ops, options) => {
        if (options?.atomic === false) throw new StorageError("planted", { code: "unknown_outcome" });
        return inner.write(ops, options);
      },
    });
    const write = around(lost).write([insert(notes, note("a", { body: text("b") }))]);
    await expect(write).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
  });
});

describe("overflow, killed at any request", () => {
  const changes: Record<string, (engine: Engine) => Promise<unknown>> = {
    "while a value is replaced": (engine) => engine.write([upsert(notes, note("a", { body: text("c") }))]),
    "while a value is patched": (engine) => engine.write([patch(notes, ["a"], { set: { body: text("c") } })]),
    "while a value gets small": (engine) => engine.write([upsert(notes, note("a", { body: "small" }))]),
    "while the record is removed": (engine) => engine.write([remove(notes, ["a"])]),
    "while the range is removed": (engine) =>
      engine.removeRange({ table: notes, path: "all", eq: { owner: "o" }, limit: 9 }),
  };

  for (const [name, change] of Object.entries(changes)) {
    for (const when of ["before", "after"] as const) {
      for (const rest of ["go on", "fail"] as const) {
        test(`${name} (${when}, then ${rest}): the old value or the new one, and a sweep leaves no waste`, async () => {
          let met = true;
          for (let failCall = 1; met; failCall++) {
            expect(failCall).toBeLessThan(30);
            const inner = narrow();
            await around(inner).write([insert(notes, note("a", { body: text("b") })), insert(notes, note("z"))]);
            const faults = chaos({ failCall, when, rest });
            await change(around(inner, faults)).catch(() => {});
            const body = await bodyOf(around(inner), "a");
            expect([text("b"), text("c"), "small", undefined]).toContain(body);
            met = faults.met;

            time += 3 * 3_600_000;
            const sweeper = around(inner);
            for (let i = 0; i < 3; i++) await sweeper.write([upsert(notes, note(`s${i}`, { body: text("s") }))]);
            const used = body === text("b") || body === text("c") ? 1 : 0;
            expect(await generationsOf(inner)).toHaveLength(3 + used);
            expect(await bodyOf(around(inner), "a")).toBe(body);
          }
        });
      }
    }
  }
});
