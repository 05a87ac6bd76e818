import type { MemoryStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import {
  allOf,
  at,
  counting,
  idsOf,
  interrupted,
  message,
  messages,
  narrow,
  storeWith,
  thread,
  wrapped,
} from "./lab.ts";

const memoryOf = { scope: "thread", resourceId: "alice", config: {} } as const;

export function deletionSuite(context: DomainContext): void {
  /** A store on an engine that takes small batches, and fails at the write that `fault` names, once. */
  const openBroken = async () => {
    const plan: { fault: number | undefined; count: number } = { fault: undefined, count: 0 };
    const broken = interrupted(() => {
      plan.count++;
      if (plan.fault !== undefined && plan.count === plan.fault) {
        plan.fault = undefined;
        throw new Error("the connection broke");
      }
    });
    const store = await context.store<MemoryStorage>("memory", { wrap: wrapped(narrow(), broken) });
    return { store, plan };
  };
  const fill = async (store: MemoryStorage, count: number) => {
    await store.saveThread({ thread: thread("t", { metadata: { k: "v" } }) });
    await store.saveThread({ thread: thread("u", { metadata: { k: "v" }, createdAt: at(1) }) });
    await store.saveMessages({ messages: messages(count) });
    await store.saveMessages({ messages: [message("other", { threadId: "u" })] });
    const first = await store.initializeObservationalMemory({ ...memoryOf, threadId: "t" });
    await store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 });
    await store.initializeObservationalMemory({ ...memoryOf, threadId: null, scope: "resource" });
    await store.saveResource({ resource: { id: "alice", workingMemory: "w" } as never });
  };
  /** Nothing of `t` can be seen by any way; what is not its own stands. */
  const expectGone = async (store: MemoryStorage, count: number) => {
    const ids = idsOf(messages(count));
    expect(await store.getThreadById({ threadId: "t" })).toBeNull();
    expect(idsOf((await store.listThreads()).threads)).toEqual(["u"]);
    expect(idsOf((await store.listThreads({ filter: { metadata: { k: "v" } } })).threads)).toEqual(["u"]);
    expect(await store.listMessages({ threadId: "t" })).toMatchObject({ messages: [], total: 0 });
    expect(idsOf(await allOf(store, ["t", "u"]))).toEqual(["other"]);
    expect(await store.listMessagesByResourceId({ resourceId: "alice", perPage: 2 })).toMatchObject({
      messages: [{ id: "other" }],
      total: 1,
      hasMore: false,
    });
    expect((await store.listMessagesById({ messageIds: ids })).messages).toEqual([]);
    const include = ids.slice(0, 5).map((id) => ({ id, withNextMessages: 3 }));
    expect((await store.listMessages({ threadId: "u", perPage: 0, include })).messages).toEqual([]);
    expect(await store.updateMessages({ messages: ids.map((id) => ({ id, role: "x" })) })).toEqual([]);
    expect(await store.getObservationalMemory("t", "alice")).toBeNull();
    expect(await store.getObservationalMemoryHistory("t", "alice")).toEqual([]);
    expect(await store.getObservationalMemory(null, "alice")).not.toBeNull();
    expect((await store.getResourceById({ resourceId: "alice" }))?.workingMemory).toBe("w");
    expect((await store.listMessagesById({ messageIds: ["other"] })).messages).toHaveLength(1);
  };

  describe("deletion of a thread", () => {
    fd("FD-134", "takes everything of the thread and nothing else", async () => {
      const store = await storeWith(context);
      await fill(store, 30);
      await store.deleteThread({ threadId: "t" });
      await expectGone(store, 30);
      await store.deleteThread({ threadId: "t" });
      await store.deleteThread({ threadId: "" });
      await expectGone(store, 30);
    });

    fd("FD-053", "of another owner does nothing", async () => {
      const store = await storeWith(context, "t");
      await store.saveMessages({ messages: messages(3) });
      for (const resourceId of ["bob", ""]) await store.deleteThread({ threadId: "t", resourceId });
      expect(await allOf(store, "t")).toHaveLength(3);
      await store.deleteThread({ threadId: "t", resourceId: "alice" });
      expect(await allOf(store, "t")).toEqual([]);
    });

    test("that fits a batch is one batch", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      await fill(store, 5);
      calls.reset();
      await store.deleteThread({ threadId: "t" });
      expect(calls.writes).toHaveLength(1);
    });

    test("removes what is left of a thread whose record is missing", async () => {
      const store = await storeWith(context);
      await store.initializeObservationalMemory({ ...memoryOf, threadId: "t" });
      await store.deleteThread({ threadId: "t" });
      expect(await store.getObservationalMemory("t", "alice")).toBeNull();
    });

    test("leaves a message that has moved to another thread", async () => {
      const store = await storeWith(context, "t", "u");
      await store.saveMessages({ messages: messages(3) });
      await store.saveMessages({ messages: [message("m1", { threadId: "u" })] });
      await store.deleteThread({ threadId: "t" });
      expect(idsOf(await allOf(store, "u"))).toEqual(["m1"]);
    });

    test("larger than a batch is complete all the same", async () => {
      const { store } = await openBroken();
      await fill(store, 100);
      await store.deleteThread({ threadId: "t" });
      await expectGone(store, 100);
    });

    fd(
      "FD-135",
      "that is broken off at any point is never seen by halves, and a repeated call finishes it",
      async () => {
        for (let fault = 1, isMet = true; isMet; fault++) {
          const { store, plan } = await openBroken();
          await fill(store, 60);
          plan.count = 0;
          plan.fault = fault;
          const outcome = await store.deleteThread({ threadId: "t" }).then(
            () => "done",
            () => "broken",
          );
          isMet = outcome === "broken";
          if (isMet && fault === 1) expect(await allOf(store, "t")).toHaveLength(60);
          else await expectGone(store, 60);
          await store.deleteThread({ threadId: "t" });
          await expectGone(store, 60);
          expect(fault).toBeLessThan(20);
        }
      },
    );

    test("that was broken off is finished by whoever makes the thread again", async () => {
      for (const again of ["save", "copy", "memory"] as const) {
        const { store, plan } = await openBroken();
        await fill(store, 60);
        plan.count = 0;
        plan.fault = 3;
        await expect(store.deleteThread({ threadId: "t" })).rejects.toThrow();
        if (again === "save") await store.saveThread({ thread: thread("t") });
        else if (again === "copy") await store.copyThread({ sourceThreadId: "u", newThreadId: "t" });
        else await store.initializeObservationalMemory({ ...memoryOf, threadId: "t" });
        expect(await allOf(store, "t")).toHaveLength(again === "copy" ? 1 : 0);
        expect((await store.listMessagesById({ messageIds: idsOf(messages(60)) })).messages).toEqual([]);
        const memory = await store.getObservationalMemory("t", "alice");
        if (again === "memory") expect(memory?.generationCount).toBe(0);
        else expect(memory).toBeNull();
        await store.saveThread({ thread: thread("t") });
        await store.saveMessages({ messages: [message("fresh")] });
        expect(idsOf(await allOf(store, "t")).slice(again === "copy" ? 1 : 0)).toEqual(["fresh"]);
      }
    });

    test("under way when the thread is made again takes nothing of the new one", async () => {
      let onRemoval = async () => {};
      const interruption = interrupted(async (ops) => {
        if (ops.some((op) => op.op === "remove" && op.table.name === "mastra_messages")) await onRemoval();
      });
      const store = await context.store<MemoryStorage>("memory", { wrap: wrapped(narrow(), interruption) });
      await fill(store, 60);
      onRemoval = async () => {
        onRemoval = async () => {};
        await store.saveThread({ thread: thread("t") });
        // The same ids as before, in part: the slow deletion has read them.
        await store.saveMessages({ messages: messages(10) });
      };
      await store.deleteThread({ threadId: "t" });
      expect(idsOf(await allOf(store, "t"))).toEqual(idsOf(messages(10)));
    });

    test("meets a save that comes between", async () => {
      for (const records of [1000, 24]) {
        let before = async () => {};
        const interruption = interrupted(async (ops) => {
          if (ops.some((op) => op.op === "remove" && op.table.name === "mastra_threads")) await before();
        });
        const store = await context.store<MemoryStorage>("memory", { wrap: wrapped(narrow(records), interruption) });
        await fill(store, 40);
        before = async () => {
          before = async () => {};
          await store.saveMessages({ messages: [message("late")] });
          const current = await store.getObservationalMemory("t", "alice");
          if (current)
            await store.createReflectionGeneration({ currentRecord: current, reflection: "late", tokenCount: 1 });
        };
        await store.deleteThread({ threadId: "t" });
        await expectGone(store, 40);
        expect((await store.listMessagesById({ messageIds: ["late"] })).messages).toEqual([]);
      }
    });

    fd("FD-133", "in a race with saves and reflections leaves no orphan", async () => {
      for (let round = 0; round < 10; round++) {
        const store = await storeWith(context, "t");
        const first = await store.initializeObservationalMemory({ ...memoryOf, threadId: "t" });
        const outcomes = await Promise.allSettled([
          ...Array.from({ length: 8 }, (_, index) => store.saveMessages({ messages: [message(`m${index}`)] })),
          store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 }),
          store.deleteThread({ threadId: "t" }),
          ...Array.from({ length: 8 }, (_, index) => store.saveMessages({ messages: [message(`n${index}`)] })),
          store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 }),
        ]);
        for (const outcome of outcomes) {
          if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "not_found" });
        }
        const ids = Array.from({ length: 8 }, (_, index) => [`m${index}`, `n${index}`]).flat();
        expect((await store.listMessagesById({ messageIds: ids })).messages).toEqual([]);
        expect(await store.getObservationalMemory("t", "alice")).toBeNull();
        await expect(
          store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 }),
        ).rejects.toMatchObject({ code: "not_found" });
      }
    });
  });
}
