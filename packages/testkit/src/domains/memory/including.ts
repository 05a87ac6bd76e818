import type { MemoryStorage, StorageListMessagesInput } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, counting, idsOf, messages, storeWith, thread } from "./lab.ts";

export function includingSuite(context: DomainContext): void {
  /** Ten messages of one instant in each of two threads; those with an odd number belong to bob. */
  const filled = async () => {
    const store = await storeWith(context, "t", "u");
    for (const [threadId, mark] of [
      ["t", "t"],
      ["u", "u"],
    ]) {
      await store.saveMessages({
        messages: messages(10, (index) => ({
          id: `${mark}${index}`,
          threadId,
          createdAt: at(1),
          resourceId: index % 2 ? "bob" : "alice",
        })),
      });
    }
    return store;
  };
  const included = async (store: MemoryStorage, include: StorageListMessagesInput["include"], rest = {}) =>
    idsOf((await store.listMessages({ threadId: "t", perPage: 0, include, ...rest })).messages);

  describe("included messages", () => {
    test("are found in any thread, with neighbours of their own thread, ties or not", async () => {
      const store = await filled();
      expect(await included(store, [{ id: "u4" }])).toEqual(["u4"]);
      expect(await included(store, [{ id: "u4", threadId: "t", withPreviousMessages: 2 }])).toEqual(["u2", "u3", "u4"]);
      expect(await included(store, [{ id: "u4", withNextMessages: 3 }])).toEqual(["u4", "u5", "u6", "u7"]);
      expect(await included(store, [{ id: "u0", withPreviousMessages: 5, withNextMessages: 1 }])).toEqual(["u0", "u1"]);
      expect(await included(store, [{ id: "u9", withPreviousMessages: 1, withNextMessages: 1e300 }])).toEqual([
        "u8",
        "u9",
      ]);
    });

    test("odd sizes count as none, fractions are cut", async () => {
      const store = await filled();
      for (const size of [null, undefined, -1, Number.NaN, Number.POSITIVE_INFINITY, "2", 0.9]) {
        const include = [{ id: "t4", withPreviousMessages: size as never, withNextMessages: size as never }];
        expect(await included(store, include)).toEqual(["t4"]);
      }
      expect(await included(store, [{ id: "t4", withPreviousMessages: 1.9 }])).toEqual(["t3", "t4"]);
    });

    test("what cannot be found is passed over", async () => {
      const store = await filled();
      const include = [
        { id: "nowhere" },
        { id: "" },
        {},
        { id: null },
        { id: 7 },
        { id: { $ne: 1 } },
        null,
        { id: "a\0" },
        { id: "t1" },
      ];
      expect(await included(store, include as never)).toEqual(["t1"]);
      expect(await included(store, null as never)).toEqual([]);
    });

    test("stand once each in the order asked for, together with the page", async () => {
      const store = await filled();
      const page = await store.listMessages({
        threadId: "t",
        perPage: 2,
        orderBy: { direction: "DESC" },
        include: [
          { id: "t7", withPreviousMessages: 1, withNextMessages: 1 },
          { id: "t7", withNextMessages: 2 },
          { id: "t6" },
          { id: "u0" },
        ],
      });
      expect(idsOf(page.messages)).toEqual(["u0", "t9", "t8", "t7", "t6"]);
      expect(page).toMatchObject({ total: 10, hasMore: true });
    });

    fd("FD-054", "keep to the owner that is asked for, targets and neighbours", async () => {
      const store = await filled();
      const alice = { resourceId: "alice" };
      const around = { withPreviousMessages: 2, withNextMessages: 1 };
      expect(await included(store, [{ id: "u4", ...around }], alice)).toEqual(["u0", "u2", "u4", "u6"]);
      expect(await included(store, [{ id: "u5", ...around }], alice)).toEqual([]);
      expect(await included(store, [{ id: "u4", ...around }], { resourceId: "" })).toEqual([]);
      expect(await included(store, [{ id: "u4", ...around }])).toEqual(["u2", "u3", "u4", "u5"]);
    });

    test("do not change the total, and end the pages when they make them complete", async () => {
      const store = await filled();
      const list = (perPage: number, include: { id: string }[], rest = {}) =>
        store.listMessages({ threadId: "t", perPage, include, ...rest });
      const rest = ["t5", "t6", "t7", "t8", "t9"].map((id) => ({ id }));
      expect(await list(5, rest)).toMatchObject({ total: 10, hasMore: false });
      expect(await list(5, rest.slice(1))).toMatchObject({ total: 10, hasMore: true });
      expect(await list(5, [...rest.slice(1), { id: "u1" }])).toMatchObject({ total: 10, hasMore: true });
      expect(await list(5, rest, { includeTotal: false })).toMatchObject({ total: 5, hasMore: true });
      const filter = { dateRange: { start: at(2) } };
      expect(await list(5, rest, { filter })).toMatchObject({ total: 0, hasMore: false });
    });

    test("ignore filters and pages", async () => {
      const store = await filled();
      const page = await store.listMessages({
        threadId: "t",
        page: 3,
        perPage: 5,
        filter: { metadata: { never: 1 }, dateRange: { start: at(5), end: at(4) } },
        include: [{ id: "t1", withNextMessages: 1 }],
      });
      expect(idsOf(page.messages)).toEqual(["t1", "t2"]);
      expect(page).toMatchObject({ total: 0, hasMore: false });
    });

    fd("FD-114", "cost two round trips, and windows read no more than they hold", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      await store.saveThread({ thread: thread("t") });
      await store.saveMessages({ messages: messages(300) });
      calls.reset();
      await store.listMessages({
        threadId: "t",
        perPage: 10,
        include: Array.from({ length: 20 }, (_, index) => ({
          id: `m${index * 10}`,
          withPreviousMessages: 2,
          withNextMessages: 1,
        })),
      });
      expect(calls.count).toBe(2);
      for (const op of calls.reads[1] ?? [])
        if (op.op === "find" && op.path === "byThread") expect(op.limit).toBeLessThanOrEqual(2);
      calls.reset();
      await store.listMessages({ threadId: "t", perPage: 0, include: [{ id: "m5" }, { id: "m7" }] });
      expect(calls.count).toBe(1);
    });
  });
}
