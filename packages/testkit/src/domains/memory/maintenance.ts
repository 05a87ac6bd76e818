import type { MemoryStorage } from "@stowage/core";
import { forward } from "@stowage/core/layers";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { allOf, idsOf, interrupted, message, messages, narrow, refusal, storeWith, thread, wrapped } from "./lab.ts";

const day = 86_400_000;

export function maintenanceSuite(context: DomainContext): void {
  const now = () => context.clock?.now() ?? Date.now();
  const ago = (ms: number) => new Date(now() - ms);

  describe("clearing", () => {
    test("empties all tables", async () => {
      const store = await storeWith(context, "t");
      await store.saveThread({ thread: thread("u", { metadata: { k: 1 } }) });
      await store.saveMessages({ messages: messages(5) });
      await store.saveResource({ resource: { id: "alice" } as never });
      const args = { resourceId: "alice", config: {} };
      await store.initializeObservationalMemory({ ...args, threadId: "t", scope: "thread" });
      await store.initializeObservationalMemory({ ...args, threadId: null, scope: "resource" });
      await store.dangerouslyClearAll();
      expect((await store.listThreads()).total).toBe(0);
      expect((await store.listThreads({ filter: { metadata: { k: 1 } } })).total).toBe(0);
      expect((await store.listMessagesById({ messageIds: idsOf(messages(5)) })).messages).toEqual([]);
      expect(await store.getResourceById({ resourceId: "alice" })).toBeNull();
      expect(await store.getObservationalMemory("t", "alice")).toBeNull();
      expect(await store.getObservationalMemory(null, "alice")).toBeNull();
    });
  });

  describe("pruning", () => {
    test("removes what is strictly older, table by table", async () => {
      const store = await storeWith(context);
      await store.saveThread({ thread: thread("t", { createdAt: ago(10 * day) }) });
      await store.saveMessages({
        messages: [message("old", { createdAt: ago(3 * day) }), message("new", { createdAt: ago(day) })],
      });
      await store.saveResource({ resource: { id: "old", createdAt: ago(3 * day) } as never });
      await store.saveResource({ resource: { id: "new", createdAt: ago(day) } as never });
      const results = await store.prune({ resources: { maxAge: "2d" }, messages: { maxAge: 2 * day } });
      expect(results).toEqual([
        { domain: "memory", table: "mastra_messages", deleted: 1, done: true },
        { domain: "memory", table: "mastra_resources", deleted: 1, done: true },
      ]);
      expect(idsOf(await allOf(store, "t"))).toEqual(["new"]);
      expect(await store.getResourceById({ resourceId: "old" })).toBeNull();
      expect(await store.getResourceById({ resourceId: "new" })).not.toBeNull();
      expect(await store.getThreadById({ threadId: "t" })).not.toBeNull();
      expect(await store.prune({})).toEqual([]);
    });

    test.runIf(context.clock)("the cutoff itself is not older", async () => {
      const store = await storeWith(context);
      for (const age of [999, 1000, 1001])
        await store.saveThread({ thread: thread(`t${age}`, { createdAt: ago(age) }) });
      expect(await store.prune({ threads: { maxAge: "1s" } })).toMatchObject([{ deleted: 1, done: true }]);
      expect((await store.listThreads()).total).toBe(2);
    });

    test("a thread takes its messages and its observational memory with it", async () => {
      for (const records of [1000, 24]) {
        const store = await context.store<MemoryStorage>("memory", { wrap: narrow(records) });
        for (const id of ["t", "u", "young"]) {
          await store.saveThread({
            thread: thread(id, { createdAt: ago(id === "young" ? day : 3 * day), metadata: { k: 1 } }),
          });
          await store.saveMessages({
            messages: messages(40, (index) => ({ id: `${id}${index}`, threadId: id, createdAt: ago(0) })),
          });
          await store.initializeObservationalMemory({ threadId: id, resourceId: "alice", scope: "thread", config: {} });
        }
        expect(await store.prune({ threads: { maxAge: "2d" } })).toEqual([
          { domain: "memory", table: "mastra_threads", deleted: 2, done: true },
        ]);
        expect(idsOf((await store.listThreads({ filter: { metadata: { k: 1 } } })).threads)).toEqual(["young"]);
        expect((await store.listMessagesByResourceId({ resourceId: "alice" })).total).toBe(40);
        expect(await store.getObservationalMemory("t", "")).toBeNull();
        expect(await store.getObservationalMemory("young", "")).not.toBeNull();
      }
    });

    fd("FD-111", "stops at its bounds and goes on at the next call", async () => {
      const store = await storeWith(context, "t");
      await store.saveMessages({ messages: messages(25, () => ({ createdAt: ago(3 * day) })) });
      const prune = (options: object, batchSize = 4) =>
        store.prune({ messages: { maxAge: "2d", batchSize } }, options).then(([result]) => result);
      expect(await prune({ maxBatches: 2 })).toMatchObject({ deleted: 8, done: false });
      expect(await prune({ maxRows: 5 })).toMatchObject({ deleted: 5, done: false });
      expect(await prune({ signal: AbortSignal.abort() })).toMatchObject({ deleted: 0, done: false });
      expect(await prune({ dryRun: true })).toMatchObject({ deleted: 12, done: true });
      expect(await allOf(store, "t")).toHaveLength(12);
      expect(await prune({})).toMatchObject({ deleted: 12, done: true });
    });

    test("threads stop at their bounds too", async () => {
      const store = await storeWith(context);
      for (let i = 0; i < 10; i++) await store.saveThread({ thread: thread(`t${i}`, { createdAt: ago(3 * day + i) }) });
      const policies = { threads: { maxAge: "2d", batchSize: 2 } } as const;
      expect(await store.prune(policies, { maxBatches: 2 })).toMatchObject([{ deleted: 4, done: false }]);
      expect(await store.prune(policies, { maxRows: 3 })).toMatchObject([{ deleted: 3, done: false }]);
      expect(await store.prune(policies, { dryRun: true })).toMatchObject([{ deleted: 3, done: true }]);
      expect(await store.prune(policies)).toMatchObject([{ deleted: 3, done: true }]);
    });

    test.runIf(context.clock)("finishes deletions that were broken off long ago", async () => {
      let isDown = false;
      const broken = interrupted((ops) => {
        if (isDown && ops.some((op) => op.op === "remove" && op.table.name === "mastra_messages"))
          throw new Error("down");
      });
      const store = await context.store<MemoryStorage>("memory", { wrap: wrapped(narrow(), broken) });
      await store.saveThread({ thread: thread("t") });
      await store.saveMessages({ messages: messages(40) });
      isDown = true;
      await expect(store.deleteThread({ threadId: "t" })).rejects.toThrow();
      isDown = false;
      context.clock?.advance(10 * day);
      await store.prune({ threads: { maxAge: "2d" } });
      // With the mark gone, only rows that still stand could be seen.
      expect((await store.listMessagesById({ messageIds: idsOf(messages(40)) })).messages).toEqual([]);
    });

    test("a bad policy is refused", async () => {
      const store = await storeWith(context);
      await expect(store.prune({ messages: { maxAge: "soon" as never } })).rejects.toThrow();
    });
  });

  describe("errors", () => {
    test("a failed read is a rejection that names store, domain and operation", async () => {
      let isDown = false;
      const storage = await context.open({
        wrap: (engine) =>
          forward(engine, {
            read: (async (ops, options) => {
              if (isDown) throw new Error("down");
              return engine.read(ops, options);
            }) as typeof engine.read,
          }),
      });
      await storage.init();
      const store = (await storage.getStore("memory")) as MemoryStorage;
      isDown = true;
      for (const [operation, call] of [
        ["LIST_MESSAGES", () => store.listMessages({ threadId: "t" })],
        ["LIST_THREADS", () => store.listThreads()],
        ["GET_THREAD_BY_ID", () => store.getThreadById({ threadId: "t" })],
        ["GET_OBSERVATIONAL_MEMORY", () => store.getObservationalMemory("t", "alice")],
        ["GET_RESOURCE_BY_ID", () => store.getResourceById({ resourceId: "alice" })],
      ] as const) {
        await expect(call()).rejects.toMatchObject({
          id: expect.stringMatching(new RegExp(`^STOWAGE_[A-Z0-9]+_${operation}_FAILED$`)),
          details: expect.objectContaining({ domain: "memory" }),
        });
      }
    });

    test("missing arguments are the caller's mistake, not a crash", async () => {
      const store = await storeWith(context);
      const loose = store as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
      for (const method of [
        "saveThread",
        "saveResource",
        "updateResource",
        "insertObservationalMemoryRecord",
        "updateThreadResourceId",
      ]) {
        await expect(loose[method]?.()).rejects.toMatchObject({ category: "USER" });
        await expect(loose[method]?.(null)).rejects.toMatchObject({ category: "USER" });
      }
      await expect(loose.listMessages?.()).rejects.toMatchObject(refusal("INVALID_THREAD_ID", 400));
      await expect(loose.updateThread?.()).rejects.toMatchObject(refusal("NOT_FOUND", 404));
      expect(await loose.getThreadById?.()).toBeNull();
    });
  });
}
