import type { MemoryStorage, StorageCloneThreadInput } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import {
  allOf,
  at,
  idsOf,
  interrupted,
  message,
  messages,
  narrow,
  refusal,
  storeWith,
  thread,
  wrapped,
} from "./lab.ts";

export function copiesSuite(context: DomainContext): void {
  const filled = async (count = 6, wrap?: Parameters<typeof wrapped>[0]) => {
    const store = await context.store<MemoryStorage>("memory", wrap && { wrap });
    await store.saveThread({ thread: thread("t", { title: "Trip", metadata: { own: 1 } }) });
    await store.saveMessages({
      messages: messages(count, (index) => ({
        createdAt: at(Math.floor(index / 2)),
        role: index % 2 ? "assistant" : "user",
        resourceId: index % 3 ? "alice" : "bob",
        ...(index === 1 && { type: "text" }),
      })),
    });
    return store;
  };
  const originals = (map: Record<string, string> | undefined, ids: string[]) => {
    const back = new Map(Object.entries(map ?? {}).map(([from, to]) => [to, from]));
    return ids.map((id) => back.get(id));
  };

  describe("copies of threads", () => {
    fd("FD-070", "have the thread and the messages of the source, with new ids and one owner", async () => {
      const store = await filled();
      const source = await allOf(store, "t");
      const before = await store.getThreadById({ threadId: "t" });
      const {
        thread: copy,
        clonedMessages,
        messageIdMap,
      } = await store.cloneThread({
        sourceThreadId: "t",
        resourceId: "carol",
        metadata: { mine: true, clone: "no" },
      });
      expect(copy).toMatchObject({
        resourceId: "carol",
        title: "Clone of Trip",
        metadata: { mine: true, clone: { sourceThreadId: "t", lastMessageId: "m5" } },
      });
      expect(copy.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      expect(copy.createdAt).toEqual(copy.updatedAt);
      expect(copy.metadata?.clone).toHaveProperty("clonedAt", copy.createdAt.toISOString());
      expect(await store.getThreadById({ threadId: copy.id })).toEqual(copy);
      expect(await allOf(store, copy.id)).toEqual(clonedMessages);
      expect(originals(messageIdMap, idsOf(clonedMessages))).toEqual(idsOf(source));
      for (const [index, each] of clonedMessages.entries()) {
        const { id: _old, ...rest } = source[index] as (typeof source)[number];
        expect(each).toEqual({ ...rest, id: each.id, threadId: copy.id, resourceId: "carol" });
      }
      expect(idsOf((await store.listMessages({ threadId: copy.id, resourceId: "carol" })).messages)).toEqual(
        idsOf(clonedMessages),
      );
      expect(await store.getThreadById({ threadId: "t" })).toEqual(before);
      expect(await allOf(store, "t")).toEqual(source);
    });

    test("copyThread gives the thread and the pairs of ids only", async () => {
      const store = await filled();
      const result = await store.copyThread({ sourceThreadId: "t", newThreadId: "c" });
      expect(Object.keys(result).sort()).toEqual(["messageIdMap", "thread"]);
      expect(result.thread).toMatchObject({ id: "c", resourceId: "alice" });
      expect(originals(result.messageIdMap, idsOf(await allOf(store, "c")))).toEqual(idsOf(await allOf(store, "t")));
    });

    test("titles", async () => {
      const store = await filled();
      const titleOf = async (args: Partial<StorageCloneThreadInput>) =>
        (await store.copyThread({ sourceThreadId: "t", ...args })).thread.title;
      expect(await titleOf({ title: "Mine" })).toBe("Mine");
      expect(await titleOf({ title: "" })).toBe("Clone of Trip");
      await store.saveThread({ thread: thread("bare") });
      expect(await titleOf({ sourceThreadId: "bare" })).toBe("");
    });

    test.each<[StorageCloneThreadInput["options"], string[]]>([
      [{ messageLimit: 2 }, ["m4", "m5"]],
      [{ messageLimit: 0 }, ["m0", "m1", "m2", "m3", "m4", "m5"]],
      [{ messageLimit: 99 }, ["m0", "m1", "m2", "m3", "m4", "m5"]],
      [{ messageFilter: { startDate: at(1) } }, ["m2", "m3", "m4", "m5"]],
      [{ messageFilter: { startDate: at(1), endDate: at(1) } }, ["m2", "m3"]],
      [{ messageFilter: { startDate: at(2), endDate: at(1) } }, []],
      [{ messageFilter: { messageIds: ["m5", "m0", "m5", "nowhere", "other"] } }, ["m0", "m5"]],
      [{ messageFilter: { messageIds: [] } }, ["m0", "m1", "m2", "m3", "m4", "m5"]],
      [{ messageFilter: { messageIds: ["nowhere"] } }, []],
      [{ messageFilter: { messageIds: ["m0", "m1", "m4"], endDate: at(1) }, messageLimit: 1 }, ["m1"]],
      [{ messageFilter: { endDate: at(1) }, messageLimit: 3 }, ["m1", "m2", "m3"]],
    ])("selection %j", async (options, expected) => {
      const store = await filled();
      await store.saveThread({ thread: thread("u") });
      await store.saveMessages({ messages: [message("other", { threadId: "u" })] });
      const { thread: copy, clonedMessages, messageIdMap } = await store.cloneThread({ sourceThreadId: "t", options });
      expect(originals(messageIdMap, idsOf(clonedMessages))).toEqual(expected);
      expect({ lastMessageId: undefined, ...(copy.metadata?.clone as object) }.lastMessageId).toBe(expected.at(-1));
      expect(await allOf(store, copy.id)).toEqual(clonedMessages);
    });

    test("ids in the way", async () => {
      const store = await filled();
      for (const sourceThreadId of ["nowhere", "", undefined]) {
        await expect(store.copyThread({ sourceThreadId: sourceThreadId as never })).rejects.toMatchObject(
          refusal("SOURCE_NOT_FOUND", 404, "not found"),
        );
      }
      await expect(store.copyThread({ sourceThreadId: "t", newThreadId: "t" })).rejects.toMatchObject(
        refusal("THREAD_EXISTS", 409, "already exists"),
      );
      await expect(store.cloneThread({ sourceThreadId: "t", newThreadId: "" })).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
      expect((await store.listThreads()).total).toBe(1);
      expect(await allOf(store, "t")).toHaveLength(6);
    });

    test("of racing copies to one id one wins, whole", async () => {
      for (const records of [1000, 24]) {
        const store = await filled(40, narrow(records));
        const outcomes = await Promise.allSettled(
          Array.from({ length: 6 }, () => store.copyThread({ sourceThreadId: "t", newThreadId: "c" })),
        );
        const won = outcomes.filter(({ status }) => status === "fulfilled");
        expect(won.length).toBeLessThanOrEqual(1);
        for (const outcome of outcomes) {
          if (outcome.status === "rejected") expect(outcome.reason).toMatchObject(refusal("THREAD_EXISTS", 409));
        }
        const there = await store.getThreadById({ threadId: "c" });
        expect(there !== null).toBe(won.length === 1);
        expect(await allOf(store, "c")).toHaveLength(there ? 40 : 0);
        if (!there) await store.copyThread({ sourceThreadId: "t", newThreadId: "c" });
        expect(await allOf(store, "c")).toHaveLength(40);
      }
    });

    fd("FD-122", "larger than a batch come over in bounded pieces, in order", async () => {
      const sizes: number[] = [];
      const store = await filled(
        450,
        wrapped(
          narrow(),
          interrupted((ops) => void sizes.push(ops.length)),
        ),
      );
      sizes.length = 0;
      for (const options of [
        undefined,
        { messageLimit: 300 },
        { messageFilter: { messageIds: idsOf(messages(450)) } },
      ]) {
        const { clonedMessages, messageIdMap } = await store.cloneThread({
          sourceThreadId: "t",
          ...(options && { options }),
        });
        const expected = idsOf(messages(450)).slice(options && "messageLimit" in options ? -300 : 0);
        expect(originals(messageIdMap, idsOf(clonedMessages))).toEqual(expected);
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(24);
    });

    test("broken off at any point leave nothing to see, and can be made again", async () => {
      for (let fault = 1, isMet = true; isMet; fault++) {
        const plan: { fault: number | undefined; count: number; isDown: boolean } = {
          fault: undefined,
          count: 0,
          isDown: false,
        };
        const broken = interrupted(() => {
          plan.count++;
          if (plan.count === plan.fault) plan.isDown = true;
          if (plan.isDown) throw new Error("the connection broke");
        });
        const store = await filled(60, wrapped(narrow(), broken));
        plan.count = 0;
        plan.fault = fault;
        isMet = await store.copyThread({ sourceThreadId: "t", newThreadId: "c" }).then(
          () => false,
          () => true,
        );
        plan.fault = undefined;
        plan.isDown = false;
        if (isMet) {
          expect(await store.getThreadById({ threadId: "c" })).toBeNull();
          expect(await allOf(store, ["c", "t"])).toHaveLength(60);
          expect((await store.listMessagesByResourceId({ resourceId: "alice" })).total).toBe(40);
          await store.copyThread({ sourceThreadId: "t", newThreadId: "c" });
        }
        expect(await allOf(store, "c")).toHaveLength(60);
        expect(fault).toBeLessThan(20);
      }
    });

    test("whose id somebody else takes meanwhile are not published with what is left of them", async () => {
      const firstRemoval = Promise.withResolvers<void>();
      let removals = 0;
      let rival: Promise<unknown> | undefined;
      const interruption = interrupted(async (ops) => {
        const isPublication = ops.some(
          (op) => op.op === "put" && op.table.name === "mastra_threads" && op.row.title !== null,
        );
        const isRemoval = ops.some((op) => op.op === "remove" && op.table.name === "mastra_messages");
        if (isRemoval && ++removals === 2) firstRemoval.resolve();
        if (isPublication && !rival && ops.some((op) => op.op === "remove")) {
          rival = store.saveThread({ thread: thread("c") });
          await firstRemoval.promise;
        }
      });
      const store = await filled(60, wrapped(narrow(), interruption));
      await expect(store.copyThread({ sourceThreadId: "t", newThreadId: "c" })).rejects.toMatchObject(
        refusal("THREAD_EXISTS", 409),
      );
      await rival;
      expect(await store.getThreadById({ threadId: "c" })).toEqual(thread("c"));
      expect(await allOf(store, "c")).toEqual([]);
    });

    test("whose source is deleted meanwhile fail and leave nothing", async () => {
      let onCopy = async () => {};
      const interruption = interrupted(async (ops) => {
        if (ops.some((op) => op.op === "put" && op.row.thread_id === "c")) await onCopy();
      });
      const store = await filled(60, wrapped(narrow(), interruption));
      onCopy = async () => {
        onCopy = async () => {};
        await store.deleteThread({ threadId: "t" });
      };
      await expect(store.copyThread({ sourceThreadId: "t", newThreadId: "c" })).rejects.toMatchObject(
        refusal("SOURCE_NOT_FOUND", 404),
      );
      await store.saveThread({ thread: thread("c") });
      expect(await allOf(store, "c")).toEqual([]);
    });

    test("of older content carry it as it stands", async () => {
      const store = await storeWith(context, "t");
      await store.saveMessages({ messages: [message("m", { role: "tool", content: "plain" as never })] });
      const { clonedMessages } = await store.cloneThread({ sourceThreadId: "t" });
      expect(clonedMessages[0]).toMatchObject({ role: "assistant", content: { content: "plain" } });
    });
  });

  describe("transfer of a thread", () => {
    const withMemory = async (count: number, records = 1000, wrap?: Parameters<typeof wrapped>[0]) => {
      const store = await filled(count, wrapped(narrow(records), wrap ?? ((engine) => engine)));
      const args = { resourceId: "alice", scope: "thread", config: {} } as const;
      const first = await store.initializeObservationalMemory({ ...args, threadId: "t" });
      await store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 });
      await store.saveResource({ resource: { id: "alice", workingMemory: "w" } as never });
      return store;
    };
    const expectOwner = async (store: MemoryStorage, owner: string, count: number) => {
      expect((await store.getThreadById({ threadId: "t" }))?.resourceId).toBe(owner);
      const all = await allOf(store, "t");
      expect(all).toHaveLength(count);
      expect(new Set(all.map(({ resourceId }) => resourceId))).toEqual(new Set([owner]));
      const history = await store.getObservationalMemoryHistory("t", "");
      expect(history.map(({ resourceId }) => resourceId)).toEqual([owner, owner]);
    };

    test.each([6, 100])("moves everything of a thread of %d messages, whoever owned it", async (count) => {
      for (const records of [1000, 24]) {
        const store = await withMemory(count, records);
        const before = await allOf(store, "t");
        const { createdAt, updatedAt } = (await store.getThreadById({ threadId: "t" })) ?? {};
        const moved = await store.updateThreadResourceId({ threadId: "t", resourceId: "dave" });
        expect(moved).toMatchObject({ id: "t", resourceId: "dave", createdAt, title: "Trip" });
        expect(moved.updatedAt.getTime()).toBeGreaterThan(updatedAt?.getTime() ?? 0);
        expect(await store.getThreadById({ threadId: "t" })).toEqual(moved);
        await expectOwner(store, "dave", count);
        expect(await allOf(store, "t")).toEqual(before.map((each) => ({ ...each, resourceId: "dave" })));
        expect((await store.listMessagesByResourceId({ resourceId: "dave", perPage: 0 })).total).toBe(0);
        expect((await store.listMessagesByResourceId({ resourceId: "dave" })).total).toBe(count);
        expect(idsOf((await store.listThreads({ filter: { resourceId: "dave" } })).threads)).toEqual(["t"]);
        expect((await store.listThreads({ filter: { resourceId: "alice" } })).total).toBe(0);
        expect((await store.getResourceById({ resourceId: "alice" }))?.workingMemory).toBe("w");
        expect(await store.getResourceById({ resourceId: "dave" })).toBeNull();
      }
    });

    test("to the same owner writes nothing; of no thread is an error", async () => {
      const store = await withMemory(3);
      const before = await store.getThreadById({ threadId: "t" });
      expect(await store.updateThreadResourceId({ threadId: "t", resourceId: "alice" })).toEqual(before);
      expect(await store.getThreadById({ threadId: "t" })).toEqual(before);
      for (const threadId of ["nowhere", ""]) {
        await expect(store.updateThreadResourceId({ threadId, resourceId: "dave" })).rejects.toMatchObject(
          refusal("NOT_FOUND", 404, "not found"),
        );
      }
      await expect(store.updateThreadResourceId({ threadId: "t", resourceId: "" })).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
    });

    test("takes along what is saved while it runs", async () => {
      for (const records of [1000, 24]) {
        let between = async () => {};
        const interruption = interrupted(async (ops) => {
          if (ops.some((op) => op.op === "patch" && op.set?.resourceId === "dave")) await between();
        });
        const store = await withMemory(40, records, interruption);
        let saves = 0;
        between = async () => {
          if (saves++ < 3) await store.saveMessages({ messages: [message(`late${saves}`)] });
        };
        await store.updateThreadResourceId({ threadId: "t", resourceId: "dave" });
        await expectOwner(store, "dave", 43);
      }
    });

    test("a message that leaves the thread meanwhile keeps its owner", async () => {
      let between = async () => {};
      const interruption = interrupted(async (ops) => {
        if (ops.some((op) => op.op === "patch" && op.set?.resourceId === "dave")) await between();
      });
      const store = await withMemory(6, 1000, interruption);
      await store.saveThread({ thread: thread("u") });
      between = async () => {
        between = async () => {};
        await store.saveMessages({ messages: [message("m1", { threadId: "u" })] });
      };
      await store.updateThreadResourceId({ threadId: "t", resourceId: "dave" });
      expect((await allOf(store, "u"))[0]?.resourceId).toBe("alice");
      await expectOwner(store, "dave", 5);
    });

    test("broken off at any point can be made again", async () => {
      for (let fault = 1, isMet = true; isMet; fault++) {
        let count = -1;
        const broken = interrupted(() => {
          if (count >= 0 && ++count === fault) throw new Error("the connection broke");
        });
        const store = await withMemory(60, 24, broken);
        count = 0;
        isMet = await store.updateThreadResourceId({ threadId: "t", resourceId: "dave" }).then(
          () => false,
          () => true,
        );
        count = -1;
        // The thread comes last: while it has its old owner, the call made again carries on.
        if (isMet) expect((await store.getThreadById({ threadId: "t" }))?.resourceId).toBe("alice");
        await store.updateThreadResourceId({ threadId: "t", resourceId: "dave" });
        await expectOwner(store, "dave", 60);
        expect(fault).toBeLessThan(40);
      }
    });

    test("racing transfers leave one owner", async () => {
      for (const records of [1000, 24]) {
        const store = await withMemory(30, records);
        await Promise.all(
          ["dave", "erin", "frank"].map((resourceId) => store.updateThreadResourceId({ threadId: "t", resourceId })),
        );
        const owner = (await store.getThreadById({ threadId: "t" }))?.resourceId as string;
        expect(["dave", "erin", "frank"]).toContain(owner);
        await expectOwner(store, owner, 30);
      }
    });
  });
}
