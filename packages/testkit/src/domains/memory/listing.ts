import type { MastraDBMessage, MemoryStorage, StorageListMessagesInput } from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { interrupted } from "../wraps.ts";
import { at, counting, idsOf, message, messages, refusal, storeWith, thread, tired } from "./lab.ts";

export function listingSuite(context: DomainContext): void {
  const open = (...ids: string[]) => storeWith(context, ...ids);
  /** Three threads; 30 messages of 10 instants, dealt out among threads and owners. */
  const filled = async (wrap?: Parameters<DomainContext["store"]>[1]) => {
    const store = await context.store<MemoryStorage>("memory", wrap);
    for (const id of ["t", "u", "v"]) await store.saveThread({ thread: thread(id) });
    const all = messages(30, (index) => ({
      threadId: ["t", "u", "v"][index % 3] as string,
      resourceId: index % 2 ? "alice" : "bob",
      createdAt: at(Math.floor(index / 3)),
      content: { format: 2, parts: [], metadata: { n: index % 5, s: String(index % 5), nothing: null } },
    }));
    await store.saveMessages({ messages: all });
    return { store, all };
  };
  const ids = async (store: MemoryStorage, args: StorageListMessagesInput) =>
    idsOf((await store.listMessages(args)).messages);

  describe("lists of messages", () => {
    test("oldest first by default, forty to a page", async () => {
      const store = await open("t");
      await store.saveMessages({ messages: messages(45) });
      const first = await store.listMessages({ threadId: "t" });
      expect(first).toMatchObject({ total: 45, page: 0, perPage: 40, hasMore: true });
      expect(idsOf(first.messages)).toEqual(idsOf(messages(45).slice(0, 40)));
      const second = await store.listMessages({ threadId: "t", page: 1 });
      expect(second).toMatchObject({ total: 45, page: 1, perPage: 40, hasMore: false });
      expect(idsOf(second.messages)).toEqual(idsOf(messages(45).slice(40)));
    });

    test("of several threads in one order, each thread once, unknown ones for nothing", async () => {
      const { store, all } = await filled();
      expect(await ids(store, { threadId: ["v", "t", "v", "nowhere"], perPage: false })).toEqual(
        idsOf(all.filter(({ threadId }) => threadId !== "u")),
      );
      expect(await store.listMessages({ threadId: "nowhere" })).toMatchObject({
        messages: [],
        total: 0,
        hasMore: false,
      });
    });

    test("a thread must be named", async () => {
      const { store } = await filled();
      for (const threadId of [
        undefined,
        null,
        "",
        "  ",
        "\t",
        [],
        [""],
        ["t", " "],
        ["t", 7],
        7,
        { $ne: "" },
        [["t"]],
      ]) {
        await expect(store.listMessages({ threadId: threadId as never })).rejects.toMatchObject(
          refusal("INVALID_THREAD_ID", 400, "threadId must be a non-empty string or array of non-empty strings"),
        );
      }
    });

    test("an owner narrows, whatever string it is", async () => {
      const { store, all } = await filled();
      expect(await ids(store, { threadId: ["t", "u"], resourceId: "bob", perPage: false })).toEqual(
        idsOf(all.filter(({ threadId, resourceId }) => threadId !== "v" && resourceId === "bob")),
      );
      for (const resourceId of ["", "Bob", "bob ", "b\0b"]) {
        expect(await store.listMessages({ threadId: "t", resourceId })).toMatchObject({ messages: [], total: 0 });
      }
      for (const resourceId of [null, 7, {}]) {
        await expect(store.listMessages({ threadId: "t", resourceId: resourceId as never })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
    });

    test("page arguments are checked", async () => {
      const { store } = await filled();
      const refused = (args: object, text: string) =>
        expect(store.listMessages({ threadId: "t", ...args })).rejects.toMatchObject(
          refusal("INVALID_PAGE", 400, text),
        );
      for (const page of [-1, 1.5, Number.NaN, "0"]) await refused({ page }, "page must be >= 0");
      for (const perPage of [-1, 1.5, Number.NaN, "5", true]) await refused({ perPage }, "perPage must be >= 0");
      await refused({ page: 2 ** 50, perPage: 8 }, "page value too large");
      expect(await store.listMessages({ threadId: "t", page: 3, perPage: false })).toMatchObject({
        page: 3,
        perPage: false,
        total: 10,
        hasMore: false,
      });
    });

    test("a range of time has bounds that are in or out", async () => {
      const { store } = await filled();
      const range = async (dateRange: object) => ids(store, { threadId: "t", perPage: false, filter: { dateRange } });
      expect(await range({ start: at(2), end: at(4) })).toEqual(["m6", "m9", "m12"]);
      expect(await range({ start: at(2), end: at(4), startExclusive: true })).toEqual(["m9", "m12"]);
      expect(await range({ start: at(2), end: at(4), endExclusive: true })).toEqual(["m6", "m9"]);
      expect(await range({ start: at(2), end: at(4), startExclusive: "yes" })).toEqual(["m6", "m9", "m12"]);
      expect(await range({ start: at(8).toISOString() })).toEqual(["m24", "m27"]);
      expect(await range({ end: at(0).getTime() })).toEqual(["m0"]);
      expect(await range({ start: at(4), end: at(2) })).toEqual([]);
      expect(await range({ start: at(2), end: at(2), startExclusive: true })).toEqual([]);
      await expect(range({ start: new Date(Number.NaN) })).rejects.toMatchObject(refusal("INVALID_INPUT", 400));
    });

    test("metadata must hold an equal scalar of its own", async () => {
      const { store, all } = await filled();
      const found = async (metadata: Record<string, unknown>) =>
        ids(store, { threadId: ["t", "u", "v"], perPage: false, filter: { metadata: metadata as never } });
      expect(await found({ n: 3 })).toEqual(idsOf(all.filter((_, index) => index % 5 === 3)));
      expect(await found({ s: "3" })).toEqual(await found({ n: 3 }));
      expect(await found({ n: "3" })).toEqual([]);
      expect(await found({ n: 3, s: "4" })).toEqual([]);
      expect(await found({ n: 3, s: "3" })).toEqual(await found({ n: 3 }));
      expect(await found({ nothing: null })).toHaveLength(30);
      expect(await found({ missing: null })).toEqual([]);
      expect(await found({ toString: "x" })).toEqual([]);
      expect(await found({})).toHaveLength(30);
      expect(
        await store.listMessages({ threadId: ["t", "u", "v"], perPage: 4, page: 1, filter: { metadata: { n: 3 } } }),
      ).toMatchObject({ total: 6, hasMore: false, messages: [{ id: "m23" }, { id: "m28" }] });
    });

    test("metadata keys and values are checked", async () => {
      const { store } = await filled();
      const refused = (metadata: unknown, status: string) =>
        expect(store.listMessages({ threadId: "t", filter: { metadata: metadata as never } })).rejects.toMatchObject(
          refusal(status, 400),
        );
      for (const key of ["a.b", "", "__proto__", "k".repeat(129)]) {
        await refused(Object.fromEntries([[key, 1]]), "INVALID_METADATA_KEY");
      }
      for (const value of [{}, [], undefined, Number.NaN, Number.POSITIVE_INFINITY, new Date(), 1n, () => {}]) {
        await refused({ k: value }, "INVALID_METADATA_VALUE");
      }
    });

    test("any order asked for is an order of time", async () => {
      const { store, all } = await filled();
      const down = idsOf(all).toReversed();
      const args = { threadId: ["t", "u", "v"], perPage: false as const };
      for (const field of [undefined, "createdAt", "updatedAt", "id", null]) {
        expect(await ids(store, { ...args, orderBy: { field: field as never, direction: "DESC" } })).toEqual(down);
      }
      expect(await ids(store, { ...args, orderBy: { direction: "desc" as never } })).toEqual(down.toReversed());
      expect(await ids(store, { ...args, orderBy: null as never })).toEqual(down.toReversed());
    });

    test("without a total, one row more tells whether there is more", async () => {
      const { store } = await filled();
      const page = (page: number, perPage: number | false) =>
        store.listMessages({ threadId: "t", page, perPage, includeTotal: false });
      expect(await page(0, 4)).toMatchObject({ total: 4, hasMore: true });
      expect(await page(1, 4)).toMatchObject({ total: 8, hasMore: true });
      expect(await page(2, 4)).toMatchObject({ total: 10, hasMore: false });
      expect(await page(1, 5)).toMatchObject({ total: 10, hasMore: false });
      expect(await page(0, false)).toMatchObject({ total: 10, hasMore: false });
    });

    test("no rows asked for is no query", async () => {
      const { wrap, calls } = counting();
      const { store } = await filled({ wrap });
      calls.reset();
      expect(await store.listMessages({ threadId: "t", perPage: 0 })).toEqual({
        messages: [],
        total: 0,
        page: 0,
        perPage: 0,
        hasMore: false,
      });
      expect(calls.count).toBe(0);
    });

    fd("FD-049", "the newest n are the newest n", async () => {
      const { store } = await filled();
      const args = { threadId: "t", perPage: 3, orderBy: { direction: "DESC" as const }, includeTotal: false };
      expect(await ids(store, args)).toEqual(["m27", "m24", "m21"]);
    });

    fd("FD-115", "typical calls are one round trip, and count only when asked", async () => {
      const { wrap, calls } = counting();
      const { store } = await filled({ wrap });
      const shape = async (args: StorageListMessagesInput) => {
        calls.reset();
        await store.listMessages(args);
        return [calls.count, calls.reads.flat().filter(({ op }) => op === "count").length];
      };
      const newest = { threadId: "t", perPage: 5, orderBy: { direction: "DESC" as const } };
      expect(await shape({ ...newest, includeTotal: false })).toEqual([1, 0]);
      expect(await shape(newest)).toEqual([1, 1]);
      expect(await shape({ threadId: "t", perPage: false, filter: { dateRange: { start: at(3) } } })).toEqual([1, 0]);
      expect(await shape({ ...newest, page: 1, filter: { dateRange: { end: at(5) } } })).toEqual([1, 1]);
      expect(await shape({ threadId: ["t", "u", "v"], perPage: false })).toEqual([1, 0]);
    });

    fd(
      "FD-040",
      "paging by time and page gives each message once, both ways, whatever is updated meanwhile",
      async () => {
        const store = await open("t");
        const all = messages(100, (index) => ({ createdAt: at(index % 3) }));
        await store.saveMessages({ messages: all });
        for (const direction of ["ASC", "DESC"] as const) {
          const seen: string[] = [];
          for (let page = 0, more = true; more; page++) {
            const result = await store.listMessages({ threadId: "t", page, perPage: 7, orderBy: { direction } });
            expect(result.total).toBe(100);
            seen.push(...idsOf(result.messages));
            more = result.hasMore;
            await store.saveMessages({ messages: [all[page] as MastraDBMessage] });
          }
          expect(new Set(seen).size).toBe(100);
          expect(seen).toHaveLength(100);
        }
      },
    );

    fd("FD-050", "the total is never less than what the page shows", async () => {
      const hook: { run?: (() => Promise<unknown>) | undefined } = {};
      const store = await context.store<MemoryStorage>("memory", { wrap: interrupted(hook) });
      await store.saveThread({ thread: thread("t") });
      await store.saveMessages({ messages: messages(5) });
      hook.run = () => store.deleteMessages(["m0", "m1", "m2"]);
      const { messages: found, total } = await store.listMessages({ threadId: "t", perPage: 4 });
      expect(hook.run).toBeUndefined();
      expect(found).toHaveLength(4);
      expect(total).toBeGreaterThanOrEqual(4);
    });

    test("an engine that pauses in its walks changes nothing", async () => {
      const { store } = await filled({ wrap: tired() });
      const { store: fresh } = await filled();
      for (const args of [
        { threadId: "t", perPage: 8 },
        { threadId: "t", perPage: false as const, orderBy: { direction: "DESC" as const } },
        { threadId: ["t", "u"], perPage: 12, includeTotal: false },
        { threadId: "t", perPage: 5, filter: { metadata: { n: 1 } } },
        { threadId: "t", perPage: 2, include: [{ id: "m13", withPreviousMessages: 7, withNextMessages: 4 }] },
      ]) {
        expect(await store.listMessages(args)).toEqual(await fresh.listMessages(args));
      }
    });
  });

  describe("lists of an owner's messages", () => {
    test("span all threads", async () => {
      const { store, all } = await filled();
      const bob = idsOf(all.filter(({ resourceId }) => resourceId === "bob"));
      const page = await store.listMessagesByResourceId({ resourceId: "bob", perPage: 10 });
      expect(page).toMatchObject({ total: 15, page: 0, perPage: 10, hasMore: true });
      expect(idsOf(page.messages)).toEqual(bob.slice(0, 10));
      const down = await store.listMessagesByResourceId({
        resourceId: "bob",
        perPage: false,
        orderBy: { direction: "DESC" },
        filter: { dateRange: { start: at(2) }, metadata: { n: 2 } },
      });
      expect(idsOf(down.messages)).toEqual(["m22", "m12"]);
    });

    test("need an owner", async () => {
      const { store } = await filled();
      for (const resourceId of [undefined, null, "", " ", 7, ["bob"], {}]) {
        await expect(store.listMessagesByResourceId({ resourceId: resourceId as never })).rejects.toMatchObject(
          refusal("INVALID_QUERY", 400),
        );
      }
      expect(await store.listMessagesByResourceId({ resourceId: "BOB" })).toMatchObject({ messages: [], total: 0 });
    });

    test("hold included messages to the owner", async () => {
      const { store } = await filled();
      const { messages: found } = await store.listMessagesByResourceId({
        resourceId: "bob",
        perPage: 0,
        include: [{ id: "m6", withPreviousMessages: 1, withNextMessages: 1 }, { id: "m1" }],
      });
      expect(idsOf(found)).toEqual(["m0", "m6", "m12"]);
    });
  });

  describe("messages by id", () => {
    test("come from any thread in their order", async () => {
      const { store } = await filled();
      const { messages: found } = await store.listMessagesById({
        messageIds: ["m7", "m2", "nowhere", "", "m7", null as never, undefined as never, "m0", "a\0"],
      });
      expect(idsOf(found)).toEqual(["m0", "m2", "m7"]);
      expect(await store.listMessagesById({ messageIds: [] })).toEqual({ messages: [] });
      expect(await store.listMessagesById({ messageIds: undefined as never })).toEqual({ messages: [] });
    });

    fd("FD-054", "an owner narrows", async () => {
      const { store } = await filled();
      const find = async (resourceId: string) =>
        idsOf((await store.listMessagesById({ messageIds: ["m0", "m1", "m2"], resourceId })).messages);
      expect(await find("bob")).toEqual(["m0", "m2"]);
      expect(await find("")).toEqual([]);
    });

    fd("FD-055", "objects in the place of ids are refused", async () => {
      const { store } = await filled();
      for (const id of [{ $ne: "" }, ["m0"], 0]) {
        await expect(store.listMessagesById({ messageIds: [id as never] })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
    });

    test("many at once, in one round trip", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      await store.saveThread({ thread: thread("t") });
      await store.saveMessages({ messages: messages(1500) });
      calls.reset();
      const { messages: found } = await store.listMessagesById({ messageIds: idsOf(messages(1500)).toReversed() });
      expect(idsOf(found)).toEqual(idsOf(messages(1500)));
      expect(calls.count).toBe(1);
    });
  });

  describe("lists against a model", () => {
    test("any query over any messages", async () => {
      const someMessage = fc.record({
        threadId: fc.constantFrom("t", "u"),
        resourceId: fc.constantFrom("alice", "bob"),
        time: fc.integer({ min: 0, max: 4 }),
        flag: fc.constantFrom(true, false, undefined),
      });
      const query = fc.record(
        {
          threadId: fc.constantFrom<string | string[]>("t", "u", ["t", "u"], ["u", "x"]),
          resourceId: fc.constantFrom("alice", "bob"),
          page: fc.integer({ min: 0, max: 3 }),
          perPage: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant<false>(false)),
          direction: fc.constantFrom("ASC" as const, "DESC" as const),
          start: fc.integer({ min: 0, max: 4 }),
          end: fc.integer({ min: 0, max: 4 }),
          startExclusive: fc.boolean(),
          flag: fc.boolean(),
          includeTotal: fc.boolean(),
          include: fc.array(
            fc.record({
              id: fc.integer({ min: 0, max: 12 }).map((n) => `m${n}`),
              withPreviousMessages: fc.integer({ min: 0, max: 2 }),
              withNextMessages: fc.integer({ min: 0, max: 2 }),
            }),
            { maxLength: 2 },
          ),
        },
        { requiredKeys: ["threadId"] },
      );
      const store = await open();
      await fc.assert(
        fc.asyncProperty(
          fc.array(someMessage, { maxLength: 12 }),
          fc.array(query, { maxLength: 8 }),
          async (given, queries) => {
            await store.dangerouslyClearAll();
            for (const id of ["t", "u"]) await store.saveThread({ thread: thread(id) });
            const all = given.map(({ threadId, resourceId, time, flag }, index) =>
              message(`m${index}`, {
                threadId,
                resourceId,
                createdAt: at(time),
                content: { format: 2, parts: [], ...(flag !== undefined && { metadata: { flag } }) },
              }),
            );
            for (const each of all) await store.saveMessages({ messages: [each] });
            for (const asked of queries) {
              const { direction, start, end, startExclusive, flag, ...rest } = asked;
              const args: StorageListMessagesInput = {
                ...rest,
                ...(direction && { orderBy: { direction } }),
                filter: {
                  ...((start !== undefined || end !== undefined) && {
                    dateRange: {
                      ...(start !== undefined && { start: at(start) }),
                      ...(end !== undefined && { end: at(end) }),
                      ...(startExclusive && { startExclusive }),
                    },
                  }),
                  ...(flag !== undefined && { metadata: { flag } }),
                },
              };
              expect(await store.listMessages(args)).toEqual(model(all, asked));
            }
          },
        ),
        { numRuns: context.runs(80) },
      );
    });
  });
}

interface Asked {
  threadId: string | string[];
  resourceId?: string;
  page?: number;
  perPage?: number | false;
  direction?: "ASC" | "DESC";
  start?: number;
  end?: number;
  startExclusive?: boolean;
  flag?: boolean;
  includeTotal?: boolean;
  include?: { id: string; withPreviousMessages: number; withNextMessages: number }[];
}

/** The answer by definition: over the list of all messages, in the order in which they were saved. */
function model(saved: readonly MastraDBMessage[], asked: Asked) {
  const { page = 0, perPage = 40, includeTotal = true, include = [], resourceId } = asked;
  const order = saved.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const matches = order.filter(
    (each) =>
      [asked.threadId].flat().includes(each.threadId as string) &&
      (resourceId === undefined || each.resourceId === resourceId) &&
      (asked.start === undefined ||
        each.createdAt > at(asked.start) ||
        (each.createdAt >= at(asked.start) && !asked.startExclusive)) &&
      (asked.end === undefined || each.createdAt <= at(asked.end)) &&
      (asked.flag === undefined || each.content.metadata?.flag === asked.flag),
  );
  if (asked.direction === "DESC") matches.reverse();
  const offset = perPage === false ? 0 : page * perPage;
  const rows = perPage === false ? matches : matches.slice(offset, offset + perPage);
  const wanted = new Set(rows);
  for (const { id, withPreviousMessages, withNextMessages } of include) {
    const target = order.find((each) => each.id === id && (resourceId === undefined || each.resourceId === resourceId));
    if (!target) continue;
    const around = order.filter(
      (each) => each.threadId === target.threadId && (resourceId === undefined || each.resourceId === resourceId),
    );
    const place = around.indexOf(target);
    for (const each of around.slice(Math.max(0, place - withPreviousMessages), place + withNextMessages + 1))
      wanted.add(each);
  }
  const answer = order.filter((each) => wanted.has(each));
  if (asked.direction === "DESC") answer.reverse();
  const isCounted = includeTotal || perPage === false;
  const total = perPage === 0 ? 0 : isCounted ? matches.length : offset + rows.length;
  const isComplete = includeTotal && matches.every((each) => wanted.has(each));
  const hasMore = perPage !== false && perPage > 0 && offset + rows.length < matches.length && !isComplete;
  return { messages: answer, total, page, perPage, hasMore };
}
