import type { MemoryStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { allOf, at, counting, idsOf, message, messages, narrow, refusal, storeWith, thread } from "./lab.ts";

export function changesSuite(context: DomainContext): void {
  const open = async (...ids: string[]) => {
    const store = await storeWith(context, "t", "u", ...ids);
    const content = {
      format: 2 as const,
      parts: [{ type: "text", text: "x" }],
      content: "x",
      metadata: { a: 1, b: { c: 2 } },
    };
    await store.saveMessages({ messages: [message("m", { content }), message("n", { createdAt: at(1) })] });
    return store;
  };
  const timesOf = async (store: MemoryStorage) => ({
    t: (await store.getThreadById({ threadId: "t" }))?.updatedAt.getTime() ?? 0,
    u: (await store.getThreadById({ threadId: "u" }))?.updatedAt.getTime() ?? 0,
  });

  describe("changes of messages", () => {
    test("replace the members given, merge content one level and its metadata one more", async () => {
      const store = await open();
      const [changed] = await store.updateMessages({
        messages: [
          {
            id: "m",
            role: "assistant",
            type: "text",
            content: { parts: [{ type: "text", text: "y" }], metadata: { b: { d: 3 }, e: null }, reasoning: "r" },
          },
        ],
      });
      expect(changed).toEqual(
        message("m", {
          role: "assistant",
          type: "text",
          content: {
            format: 2,
            parts: [{ type: "text", text: "y" }],
            content: "x",
            metadata: { a: 1, b: { d: 3 }, e: null },
            reasoning: "r",
          },
        }),
      );
      expect((await allOf(store, "t"))[0]).toEqual(changed);
    });

    test("undefined is no change, but removes a metadata key", async () => {
      const store = await open();
      const [before] = await allOf(store, "t");
      const [changed] = await store.updateMessages({
        messages: [
          {
            id: "m",
            role: undefined,
            type: undefined,
            resourceId: undefined,
            content: { parts: undefined, content: undefined, metadata: { a: undefined } },
          } as never,
        ],
      });
      expect(changed).toEqual({ ...before, content: { ...before?.content, metadata: { b: { c: 2 } } } });
    });

    test("nothing else of an entry counts", async () => {
      const store = await open();
      const [before] = await allOf(store, "t");
      const [changed] = await store.updateMessages({
        messages: [
          { id: "m", role: "system", createdAt: at(99), seq: 0, thread_id: "u", "role; --": 1, _rev: 1 } as never,
        ],
      });
      expect(changed).toEqual({ ...before, role: "system" });
      expect(idsOf(await allOf(store, "t"))).toEqual(["m", "n"]);
    });

    test("unknown ids are passed over, the rest comes once each in the order given", async () => {
      const store = await open();
      const changed = await store.updateMessages({
        messages: [
          { id: "n", role: "system" },
          { id: "nowhere", role: "x" },
          { id: "", role: "x" },
          { role: "x" } as never,
          { id: "m" },
          { id: "n", content: { metadata: { k: 1 } } },
          { id: "n", content: { metadata: { k: 2, l: 3 } } },
        ],
      });
      expect(idsOf(changed)).toEqual(["n", "m"]);
      expect(changed[0]).toMatchObject({ role: "system", content: { metadata: { k: 2, l: 3 } } });
      expect(await store.updateMessages({ messages: [] })).toEqual([]);
      await expect(store.updateMessages({ messages: [{ id: { $ne: 1 } as never }] })).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
    });

    test("move the thread on; an entry with only an id does not", async () => {
      const store = await open();
      const before = await timesOf(store);
      await store.updateMessages({ messages: [{ id: "m" }] });
      expect(await timesOf(store)).toEqual(before);
      await store.updateMessages({ messages: [{ id: "m", content: { metadata: { a: 1 } } }] });
      const after = await timesOf(store);
      expect(after.t).toBeGreaterThan(before.t);
      expect(after.u).toBe(before.u);
    });

    test("a message that moves keeps its place in time and moves both threads on", async () => {
      const store = await open();
      const before = await timesOf(store);
      const [moved] = await store.updateMessages({ messages: [{ id: "m", threadId: "u", resourceId: "bob" }] });
      expect(moved).toMatchObject({ threadId: "u", resourceId: "bob", createdAt: at(0) });
      expect(idsOf(await allOf(store, "t"))).toEqual(["n"]);
      expect(await allOf(store, "u")).toEqual([moved]);
      const after = await timesOf(store);
      expect(after.t).toBeGreaterThan(before.t);
      expect(after.u).toBeGreaterThan(before.u);
    });

    test("a new thread that is missing refuses the whole call", async () => {
      const store = await open();
      const before = await allOf(store, "t");
      await expect(
        store.updateMessages({
          messages: [
            { id: "n", role: "system" },
            { id: "m", threadId: "nowhere" },
          ],
        }),
      ).rejects.toMatchObject(refusal("NOT_FOUND", 404, "nowhere"));
      expect(await allOf(store, "t")).toEqual(before);
    });

    test("an owner narrows to its own messages", async () => {
      const store = await open();
      expect(await store.updateMessages({ messages: [{ id: "m", role: "x" }], resourceId: "bob" })).toEqual([]);
      expect((await allOf(store, "t"))[0]?.role).toBe("user");
      expect(await store.updateMessages({ messages: [{ id: "m", role: "x" }], resourceId: "alice" })).toHaveLength(1);
    });

    fd("FD-004", "parallel changes of different metadata keys of one message all survive", async () => {
      const store = await open();
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          store.updateMessages({ messages: [{ id: "m", content: { metadata: { [`k${index}`]: index } } }] }),
        ),
      );
      expect(Object.keys((await allOf(store, "t"))[0]?.content.metadata ?? {})).toHaveLength(42);
    });

    test("parallel changes of overlapping sets all survive", async () => {
      const store = await open();
      const change = (ids: string[], key: string) =>
        store.updateMessages({ messages: ids.map((id) => ({ id, content: { metadata: { [key]: 1 } } })) });
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => change(index % 2 ? ["m", "n"] : ["n", "m"], `k${index}`)),
      );
      for (const { content } of await allOf(store, "t")) {
        expect(Object.keys(content.metadata ?? {}).filter((key) => key.startsWith("k"))).toHaveLength(20);
      }
    });

    test("are two round trips, and one batch", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      await store.saveThread({ thread: thread("t") });
      await store.saveMessages({ messages: messages(8) });
      calls.reset();
      await store.updateMessages({ messages: messages(8).map(({ id }) => ({ id, role: "system" })) });
      expect([calls.reads.length, calls.writes.length]).toEqual([1, 1]);
      calls.reset();
      await store.deleteMessages(["m0", "m1"]);
      expect([calls.reads.length, calls.writes.length]).toEqual([1, 1]);
    });

    test("more than a batch takes are all made, or refused before the first", async () => {
      const store = await context.store<MemoryStorage>("memory", { wrap: narrow() });
      for (const id of ["t", "u"]) await store.saveThread({ thread: thread(id) });
      await store.saveMessages({ messages: messages(60) });
      const entries = messages(60).map(({ id }, index) => ({
        id,
        role: "system",
        ...(index === 59 && { threadId: "x" }),
      }));
      await expect(store.updateMessages({ messages: entries })).rejects.toMatchObject(refusal("NOT_FOUND", 404));
      expect((await allOf(store, "t")).every(({ role }) => role === "user")).toBe(true);
      const changed = await store.updateMessages({ messages: entries.map(({ id }) => ({ id, threadId: "u" })) });
      expect(idsOf(changed)).toEqual(idsOf(messages(60)));
      expect(await allOf(store, "u")).toEqual(changed);
    });
  });

  describe("deletion of messages", () => {
    test("moves on every thread that lost one, and no other", async () => {
      const store = await open();
      const before = await timesOf(store);
      await store.deleteMessages(["m", "m", "nowhere", "", null as never]);
      expect(idsOf(await allOf(store, "t"))).toEqual(["n"]);
      const after = await timesOf(store);
      expect(after.t).toBeGreaterThan(before.t);
      expect(after.u).toBe(before.u);
      await store.deleteMessages(["m"]);
      expect(await timesOf(store)).toEqual(after);
    });

    test("of nothing is nothing", async () => {
      const store = await open();
      await store.deleteMessages([]);
      await store.deleteMessages(undefined as never);
      await expect(store.deleteMessages([{} as never])).rejects.toMatchObject(refusal("INVALID_INPUT", 400));
      expect(await allOf(store, "t")).toHaveLength(2);
    });

    test("an owner narrows to its own messages", async () => {
      const store = await open();
      await store.deleteMessages(["m"], { resourceId: "bob" });
      expect(await allOf(store, "t")).toHaveLength(2);
      await store.deleteMessages(["m"], { resourceId: "alice" });
      expect(await allOf(store, "t")).toHaveLength(1);
    });

    test("in parallel with saves: what is saved last is there", async () => {
      const store = await open();
      await Promise.all([
        ...Array.from({ length: 10 }, () => store.deleteMessages(["m", "n"])),
        ...Array.from({ length: 10 }, () => store.saveMessages({ messages: [message("m")] })),
      ]);
      await store.saveMessages({ messages: [message("m")] });
      expect(idsOf(await allOf(store, "t"))).toEqual(["m"]);
    });

    test("of more than a batch takes", async () => {
      const store = await context.store<MemoryStorage>("memory", { wrap: narrow() });
      await store.saveThread({ thread: thread("t") });
      await store.saveMessages({ messages: messages(100) });
      await store.deleteMessages(idsOf(messages(99)));
      expect(idsOf(await allOf(store, "t"))).toEqual(["m99"]);
    });
  });
}
