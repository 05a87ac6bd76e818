import type { MemoryStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { allOf, at, idsOf, message, messages, thread } from "./lab.ts";

/** What holds between processes, of which none knows of the other's calls. */
export function processesSuite(context: DomainContext): void {
  const isExact = context.capabilities.compareAndSwap && context.capabilities.atomicity !== "process";

  describe.runIf(context.canReopen && isExact)("two processes on one database", () => {
    const open = async () => {
      const storage = await context.open();
      const first = (await storage.getStore("memory")) as MemoryStorage;
      await first.saveThread({ thread: thread("t") });
      const second = (await (await context.reopen(storage)).getStore("memory")) as MemoryStorage;
      return [first, second] as const;
    };
    /** So many calls, dealt out among the processes. */
    const together = <Result>(
      stores: readonly MemoryStorage[],
      times: number,
      call: (store: MemoryStorage, index: number) => Promise<Result>,
    ) => Promise.all(Array.from({ length: times }, (_, index) => call(stores[index % 2] as MemoryStorage, index)));

    fd("FD-004", "changes of one thread all survive", async () => {
      const stores = await open();
      await together(stores, 24, (store, index) => store.updateThread({ id: "t", metadata: { [`k${index}`]: 1 } }));
      expect(Object.keys((await stores[0].getThreadById({ threadId: "t" }))?.metadata ?? {})).toHaveLength(24);
      expect(idsOf((await stores[1].listThreads({ filter: { metadata: { k23: 1 } } })).threads)).toEqual(["t"]);
    });

    test("changes of one message and of one resource all survive", async () => {
      const stores = await open();
      await stores[0].saveMessages({ messages: [message("m")] });
      await together<unknown>(stores, 20, (store, index) =>
        index % 4 < 2
          ? store.updateMessages({ messages: [{ id: "m", content: { metadata: { [`k${index}`]: 1 } } }] })
          : store.updateResource({ resourceId: "alice", metadata: { [`k${index}`]: 1 } }),
      );
      expect(Object.keys((await allOf(stores[1], "t"))[0]?.content.metadata ?? {})).toHaveLength(10);
      expect(Object.keys((await stores[0].getResourceById({ resourceId: "alice" }))?.metadata ?? {})).toHaveLength(10);
    });

    test("saves all survive, and one process's own stand in its order", async () => {
      const stores = await open();
      await together(stores, 2, async (store, index) => {
        for (let i = 0; i < 20; i++) await store.saveMessages({ messages: [message(`${index}-${i}`)] });
      });
      const ids = idsOf(await allOf(stores[0], "t"));
      expect(ids).toHaveLength(40);
      for (const index of [0, 1]) {
        const own = ids.filter((id) => id.startsWith(`${index}-`));
        expect(own).toEqual(Array.from({ length: 20 }, (_, i) => `${index}-${i}`));
      }
      expect(idsOf(await allOf(stores[1], "t"))).toEqual(ids);
    });

    test("buffered chunks, swaps and reflections add up", async () => {
      const stores = await open();
      const { id } = await stores[0].initializeObservationalMemory({
        threadId: "t",
        resourceId: "alice",
        scope: "thread",
        config: {},
      });
      const chunk = { observations: "o", tokenCount: 1, messageIds: [], messageTokens: 1, lastObservedAt: at(1) };
      const target = { id, activationRatio: 1, messageTokensThreshold: 10, currentPendingTokens: 1000 };
      const outcomes = await together(stores, 18, (store, index) =>
        index % 6 < 4
          ? store.updateBufferedObservations({ id, chunk: { ...chunk, cycleId: `c${index}` } }).then(() => [])
          : store.swapBufferedToActive(target).then(({ activatedCycleIds }) => activatedCycleIds),
      );
      const record = await stores[0].getObservationalMemory("t", "alice");
      const left = (record?.bufferedObservationChunks ?? []).map(({ cycleId }) => cycleId);
      expect(new Set([...outcomes.flat(), ...left]).size).toBe(12);
      expect([...outcomes.flat(), ...left]).toHaveLength(12);
      expect(record?.observationTokenCount).toBe(outcomes.flat().length);
      const currentRecord = record as NonNullable<typeof record>;
      const made = await together(stores, 6, (store) =>
        store.createReflectionGeneration({ currentRecord, reflection: "r", tokenCount: 1 }),
      );
      expect(made.map(({ generationCount }) => generationCount).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    });

    test("a deletion in a race with saves leaves all or nothing", async () => {
      const stores = await open();
      await stores[0].saveMessages({ messages: messages(30) });
      await Promise.allSettled([
        ...Array.from({ length: 10 }, (_, index) => stores[0].saveMessages({ messages: [message(`late${index}`)] })),
        stores[1].deleteThread({ threadId: "t" }),
        stores[0].deleteThread({ threadId: "t" }),
      ]);
      expect(await stores[0].getThreadById({ threadId: "t" })).toBeNull();
      const ids = [...idsOf(messages(30)), ...Array.from({ length: 10 }, (_, index) => `late${index}`)];
      expect((await stores[1].listMessagesById({ messageIds: ids })).messages).toEqual([]);
    });

    test("of copies to one id one wins", async () => {
      const stores = await open();
      await stores[0].saveMessages({ messages: messages(10) });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, (_, index) =>
          (stores[index % 2] as MemoryStorage).copyThread({ sourceThreadId: "t", newThreadId: "c" }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect(await allOf(stores[0], "c")).toHaveLength(10);
    });
  });
}
