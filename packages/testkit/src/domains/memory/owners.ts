import type { MemoryStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import type { DomainContext } from "../context.ts";
import { at, counting, message, refusal, storeWith, thread } from "./lab.ts";

export function ownersSuite(context: DomainContext): void {
  describe("owners of threads", () => {
    test("come with their threads and their last activity, the last active first", async () => {
      const store = await storeWith(context);
      const saved = [
        ["a", "alice", 1],
        ["b", "bob", 9],
        ["c", "alice", 5],
        ["d", "Carol", 9],
      ] as const;
      for (const [id, resourceId, time] of saved)
        await store.saveThread({ thread: thread(id, { resourceId, updatedAt: at(time) }) });
      const carol = { resourceId: "Carol", threads: 1, lastActivityAt: at(9) };
      const bob = { resourceId: "bob", threads: 1, lastActivityAt: at(9) };
      const alice = { resourceId: "alice", threads: 2, lastActivityAt: at(5) };
      expect(await store.listResources()).toEqual({
        resources: [carol, bob, alice],
        total: 3,
        page: 0,
        perPage: 100,
        hasMore: false,
      });
      expect(await store.listResources({ page: 0, perPage: 2 })).toMatchObject({
        resources: [carol, bob],
        total: 3,
        hasMore: true,
      });
      expect(await store.listResources({ page: 1, perPage: 2 })).toMatchObject({ resources: [alice], hasMore: false });
      expect((await store.listResources({ search: "car", perPage: false })).resources).toEqual([carol]);
      await expect(store.listResources({ page: -1 })).rejects.toMatchObject(refusal("INVALID_PAGE", 400));
    });

    test("are gone with their last thread", async () => {
      const store = await storeWith(context, "t");
      await store.deleteThread({ threadId: "t" });
      expect(await store.listResources()).toMatchObject({ resources: [], total: 0 });
    });
  });

  describe("numbers of messages", () => {
    test("are of each thread asked for, in one round trip", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      for (const id of ["t", "u"]) await store.saveThread({ thread: thread(id) });
      await store.saveMessages({ messages: [message("m1"), message("m2"), message("m3", { threadId: "u" })] });
      calls.reset();
      expect(await store.countMessages({ threadIds: ["u", "t", "unknown", "t"] })).toEqual([
        { threadId: "u", messages: 1 },
        { threadId: "t", messages: 2 },
        { threadId: "unknown", messages: 0 },
        { threadId: "t", messages: 2 },
      ]);
      expect(calls.count).toBe(1);
      expect(await store.countMessages({ threadIds: [] })).toEqual([]);
      const tooMany = Array.from({ length: 101 }, (_, index) => `t${index}`);
      await expect(store.countMessages({ threadIds: tooMany })).rejects.toMatchObject(refusal("INVALID_ARGUMENT", 400));
    });
  });
}
