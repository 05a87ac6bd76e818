import type { MemoryStorage, StorageListThreadsInput } from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, counting, idsOf, narrow, refusal, storeWith, thread } from "./lab.ts";

export function threadListsSuite(context: DomainContext): void {
  const open = () => storeWith(context);
  const list = async (store: MemoryStorage, args: StorageListThreadsInput = {}) =>
    idsOf((await store.listThreads(args)).threads);
  /** Ids of the threads that a metadata filter finds, by the index and by the owner's threads, which must agree. */
  const found = async (store: MemoryStorage, metadata: Record<string, unknown>) => {
    const everywhere = await store.listThreads({ filter: { metadata }, orderBy: { direction: "ASC" } });
    const owned = await store.listThreads({
      filter: { metadata, resourceId: "alice" },
      orderBy: { direction: "ASC" },
    });
    expect(everywhere).toEqual(owned);
    expect(everywhere.total).toBe(everywhere.threads.length);
    return idsOf(everywhere.threads);
  };

  describe("lists of threads", () => {
    test("newest first by default, a hundred to a page", async () => {
      const store = await open();
      for (let i = 0; i < 101; i++) {
        await store.saveThread({ thread: thread(`t${String(i).padStart(3, "0")}`, { createdAt: at(i % 50) }) });
      }
      const page = await store.listThreads();
      expect(page).toMatchObject({ total: 101, page: 0, perPage: 100, hasMore: true });
      expect(page.threads[0]?.id).toBe("t099");
      const last = await store.listThreads({ page: 1 });
      expect(last).toMatchObject({ total: 101, page: 1, perPage: 100, hasMore: false });
      expect(idsOf(last.threads)).toEqual(["t000"]);
      expect(await store.listThreads({ page: 2 })).toMatchObject({ threads: [], total: 101, hasMore: false });
    });

    test("by creation and by activity, both ways", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("a", { createdAt: at(1), updatedAt: at(9) }) });
      await store.saveThread({ thread: thread("b", { createdAt: at(2), updatedAt: at(5), resourceId: "bob" }) });
      await store.saveThread({ thread: thread("c", { createdAt: at(3), updatedAt: at(5) }) });
      for (const filter of [{}, { metadata: {} }]) {
        expect(await list(store, { filter })).toEqual(["c", "b", "a"]);
        expect(await list(store, { filter, orderBy: { field: "createdAt", direction: "ASC" } })).toEqual([
          "a",
          "b",
          "c",
        ]);
        expect(await list(store, { filter, orderBy: { field: "updatedAt" } })).toEqual(["a", "c", "b"]);
        expect(await list(store, { filter, orderBy: { field: "updatedAt", direction: "ASC" } })).toEqual([
          "b",
          "c",
          "a",
        ]);
      }
      const filter = { resourceId: "alice" };
      expect(await list(store, { filter })).toEqual(["c", "a"]);
      expect(await list(store, { filter, orderBy: { field: "updatedAt" } })).toEqual(["a", "c"]);
    });

    test("a bad order falls back to the default", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("a", { createdAt: at(1) }) });
      await store.saveThread({ thread: thread("b", { createdAt: at(2) }) });
      for (const orderBy of [{ field: "title" }, { direction: "asc" }, { direction: 1 }, {}, null, { field: null }]) {
        expect(await list(store, { orderBy: orderBy as never })).toEqual(["b", "a"]);
      }
    });

    test("an owner is a condition, whatever string it is", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("a") });
      expect(await list(store, { filter: { resourceId: "alice" } })).toEqual(["a"]);
      for (const resourceId of ["", "bob", "alice ", "Alice", "a\0"]) {
        expect(await store.listThreads({ filter: { resourceId } })).toMatchObject({
          threads: [],
          total: 0,
          hasMore: false,
        });
      }
      for (const resourceId of [null, 7, { $ne: "" }]) {
        await expect(store.listThreads({ filter: { resourceId: resourceId as never } })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
      expect(await list(store, { filter: { resourceId: undefined } as never })).toEqual(["a"]);
    });

    test("page arguments are checked before anything is read", async () => {
      const store = await open();
      const refused = (args: object, message: string) =>
        expect(store.listThreads(args)).rejects.toMatchObject(refusal("INVALID_PAGE", 400, message));
      for (const page of [-1, 0.5, Number.NaN, "1", Number.POSITIVE_INFINITY])
        await refused({ page }, "page must be >= 0");
      for (const perPage of [-1, 0.5, Number.NaN, "1", true]) await refused({ perPage }, "perPage must be >= 0");
      await refused({ page: Number.MAX_SAFE_INTEGER, perPage: 2 }, "page value too large");
      await refused({ page: 1, perPage: false }, "page");
    });

    test("all at once, none at all, and without a total", async () => {
      const store = await open();
      for (let i = 0; i < 5; i++) await store.saveThread({ thread: thread(`t${i}`, { createdAt: at(i) }) });
      expect(await store.listThreads({ perPage: false })).toMatchObject({
        total: 5,
        page: 0,
        perPage: false,
        hasMore: false,
      });
      expect(await store.listThreads({ perPage: 0 })).toMatchObject({ threads: [], total: 5, hasMore: false });
      expect(await store.listThreads({ perPage: 2, page: 1, includeTotal: false })).toMatchObject({
        total: 4,
        hasMore: true,
      });
      expect(await store.listThreads({ perPage: 2, page: 2, includeTotal: false })).toMatchObject({
        total: 5,
        hasMore: false,
      });
    });

    fd("FD-040", "pages over equal times give each thread once", async () => {
      const store = await open();
      for (let i = 0; i < 25; i++)
        await store.saveThread({ thread: thread(`t${(i * 7) % 25}`, { metadata: { k: "v" } }) });
      for (const filter of [{}, { resourceId: "alice" }, { metadata: { k: "v" } }]) {
        for (const field of ["createdAt", "updatedAt"] as const) {
          for (const direction of ["ASC", "DESC"] as const) {
            const seen: string[] = [];
            for (let page = 0, more = true; more; page++) {
              const result = await store.listThreads({ page, perPage: 4, filter, orderBy: { field, direction } });
              expect(result.total).toBe(25);
              seen.push(...idsOf(result.threads));
              more = result.hasMore;
            }
            expect(seen).toHaveLength(25);
            const sorted = [...new Set(seen)].sort();
            expect(seen).toEqual(direction === "ASC" ? sorted : sorted.reverse());
          }
        }
      }
    });

    test("no count is run that nobody wants", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      await store.saveThread({ thread: thread("t") });
      calls.reset();
      await store.listThreads({ perPage: false });
      await store.listThreads({ includeTotal: false });
      await store.listThreads({ perPage: false, filter: { resourceId: "alice" } });
      expect(calls.reads.flat().filter(({ op }) => op === "count")).toEqual([]);
    });
  });

  describe("metadata filters on threads", () => {
    test("are deep equality of the thread's own top-level keys", async () => {
      const store = await open();
      const values: Record<string, unknown> = {
        one: 1,
        text: "1",
        yes: true,
        nothing: null,
        list: [1, 2],
        object: { a: 1, b: [null] },
        empty: {},
        none: [],
        date: at(1),
        long: "x".repeat(1000),
        nul: "a\0b\ud800",
      };
      for (const [id, k] of Object.entries(values)) await store.saveThread({ thread: thread(id, { metadata: { k } }) });
      await store.saveThread({ thread: thread("bare") });
      await store.saveThread({ thread: thread("other", { metadata: { j: 1 } }) });
      for (const [id, k] of Object.entries(values)) expect(await found(store, { k })).toEqual([id]);
      expect(await found(store, { k: { b: [null], a: 1 } })).toEqual(["object"]);
      expect(await found(store, { k: at(1).toISOString() })).toEqual(["date"]);
      for (const k of [2, "", false, [2, 1], [1], { a: 1 }, { a: 1, b: [null], c: 0 }, "null", "true", 1.5]) {
        expect(await found(store, { k })).toEqual([]);
      }
      expect(await found(store, { k: undefined })).toEqual(["bare", "other"]);
      expect(await found(store, { k: undefined, j: 1 })).toEqual(["other"]);
      expect((await found(store, {})).length).toBe(Object.keys(values).length + 2);
    });

    test("join with and", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("a", { metadata: { x: 1, y: "p" } }) });
      await store.saveThread({ thread: thread("b", { metadata: { x: 1, y: "q" } }) });
      await store.saveThread({ thread: thread("c", { metadata: { x: 2, y: "q" } }) });
      expect(await found(store, { x: 1, y: "q" })).toEqual(["b"]);
      expect(await found(store, { x: 2, y: "p" })).toEqual([]);
    });

    test("see only what is in the thread now", async () => {
      const store = await open();
      const save = (metadata: Record<string, unknown> | undefined, rest = {}) =>
        store.saveThread({ thread: thread("t", { ...rest, ...(metadata && { metadata }) }) });
      await save({ k: "a" });
      expect(await found(store, { k: "a" })).toEqual(["t"]);
      await save({ k: "b" }, { createdAt: at(5) });
      expect(await found(store, { k: "a" })).toEqual([]);
      expect(await found(store, { k: "b" })).toEqual(["t"]);
      await save({ j: 1 });
      expect(await found(store, { k: "b" })).toEqual([]);
      await save({ j: 1, k: "b" }, { createdAt: at(1) });
      expect(await found(store, { k: "b" })).toEqual(["t"]);
      await save({});
      expect(await found(store, { k: "b" })).toEqual([]);
      await store.updateThread({ id: "t", metadata: { k: "c" } });
      expect(await found(store, { k: "c" })).toEqual(["t"]);
      await store.updateThread({ id: "t", metadata: { k: { no: "scalar" } } });
      expect(await found(store, { k: "c" })).toEqual([]);
      await store.updateThreadMetadata({ id: "t", update: () => ({ k: "d" }) });
      expect(await found(store, { k: "d" })).toEqual(["t"]);
      await store.updateThread({ id: "t", metadata: { k: undefined } });
      expect(await found(store, { k: "d" })).toEqual([]);
      await store.updateThread({ id: "t", metadata: { k: "e" } });
      const { thread: copy } = await store.copyThread({ sourceThreadId: "t", metadata: { k: "e" }, newThreadId: "u" });
      expect(copy.metadata).toMatchObject({ k: "e" });
      expect(await list(store, { filter: { metadata: { k: "e" } }, orderBy: { direction: "ASC" } })).toEqual([
        "t",
        "u",
      ]);
      await store.deleteThread({ threadId: "t" });
      expect(await list(store, { filter: { metadata: { k: "e" } } })).toEqual(["u"]);
      await save(undefined);
      expect(await list(store, { filter: { metadata: { k: "e" } } })).toEqual(["u"]);
    });

    test("find threads with more scalars than a batch takes", async () => {
      const store = await context.store<MemoryStorage>("memory", { wrap: narrow() });
      const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, `v${index}`]));
      await store.saveThread({ thread: thread("a", { metadata: many }) });
      await store.saveThread({ thread: thread("b", { metadata: { k7: "v7" }, createdAt: at(1) }) });
      expect(await found(store, { k7: "v7" })).toEqual(["a", "b"]);
      expect(await found(store, { k299: "v299" })).toEqual(["a"]);
      await store.saveThread({ thread: thread("a", { metadata: { k7: "v7" } }) });
      expect(await found(store, { k7: "v7" })).toEqual(["a", "b"]);
      expect(await found(store, { k299: "v299" })).toEqual([]);
      await store.updateThread({ id: "b", metadata: many });
      expect(await found(store, { k299: "v299", k7: "v7" })).toEqual(["b"]);
      await store.updateThread({
        id: "b",
        metadata: Object.fromEntries(Object.keys(many).map((key) => [key, undefined])),
      });
      expect(await found(store, { k299: "v299" })).toEqual([]);
      await store.updateThread({ id: "b", metadata: { k7: "w" } });
      expect(await found(store, { k7: "w" })).toEqual(["b"]);
    });

    test("keys and values are checked", async () => {
      const store = await open();
      for (const key of [
        "",
        "a.b",
        "a-b",
        "1a",
        "$k",
        "a b",
        "__proto__",
        "prototype",
        "constructor",
        "k".repeat(129),
        "ä",
      ]) {
        await expect(store.listThreads({ filter: { metadata: Object.fromEntries([[key, 1]]) } })).rejects.toMatchObject(
          refusal("INVALID_METADATA_KEY", 400),
        );
      }
      expect(await list(store, { filter: { metadata: { [`_${"k".repeat(127)}`]: 1, __k: 2 } } })).toEqual([]);
      await expect(store.listThreads({ filter: { metadata: { k: () => {} } } })).rejects.toMatchObject(
        refusal("INVALID_METADATA_VALUE", 400),
      );
      await expect(store.listThreads({ filter: { metadata: [] as never } })).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
    });

    test("a text of the title and times narrow, whichever way the list is walked", async () => {
      const store = await open();
      const kept = { metadata: { kind: "letter" } };
      await store.saveThread({
        thread: thread("a", { ...kept, title: "A Letter", createdAt: at(1), updatedAt: at(9) }),
      });
      await store.saveThread({
        thread: thread("b", { ...kept, title: "no 100%", createdAt: at(2), updatedAt: at(5) }),
      });
      await store.saveThread({ thread: thread("c", { ...kept, createdAt: at(3), updatedAt: at(7) }) });
      for (const other of [{}, { resourceId: "alice" }, kept]) {
        const filtered = (filter: object, field: "createdAt" | "updatedAt" = "createdAt") =>
          list(store, { filter: { ...other, ...filter }, orderBy: { field } });
        expect(await filtered({ title: "letter" })).toEqual(["a"]);
        expect(await filtered({ title: "0%" })).toEqual(["b"]);
        expect(await filtered({ title: "" })).toEqual(["c", "b", "a"]);
        expect(await filtered({ dateRange: { start: at(2), end: at(3) } })).toEqual(["c", "b"]);
        expect(await filtered({ dateRange: { start: at(6) } }, "updatedAt")).toEqual(["a", "c"]);
        expect(await filtered({ dateRange: { end: at(6) } }, "updatedAt")).toEqual(["b"]);
        expect(await filtered({ dateRange: { start: at(3), end: at(2) } })).toEqual([]);
      }
    });

    test("any series of writes: the index and the owner's threads agree", async () => {
      const key = fc.constantFrom("a", "b", "c");
      const value = fc.constantFrom<unknown>(1, "1", null, true, "x", { o: 1 }, "long".repeat(100), undefined);
      const metadata = fc.dictionary(key, value, { maxKeys: 3 });
      const step = fc.record({
        what: fc.constantFrom("save", "update", "delete"),
        id: fc.constantFrom("t1", "t2"),
        metadata,
        time: fc.integer({ min: 0, max: 3 }),
      });
      const store = await open();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), metadata, async (steps, asked) => {
          await store.dangerouslyClearAll();
          for (const { what, id, metadata, time } of steps) {
            if (what === "save") await store.saveThread({ thread: thread(id, { metadata, createdAt: at(time) }) });
            else if (what === "update") await store.updateThread({ id, metadata }).catch(() => {});
            else await store.deleteThread({ threadId: id });
          }
          await found(store, asked);
        }),
        { numRuns: context.runs(60) },
      );
    });
  });
}
