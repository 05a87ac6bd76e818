import type { StorageThreadType } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, costsOf, message, refusal, storeWith, thread } from "./lab.ts";

export function threadsSuite(context: DomainContext): void {
  const open = (...ids: string[]) => storeWith(context, ...ids);

  describe("threads", () => {
    test("flags answer at once with real booleans", async () => {
      const store = await open();
      expect(store.supportsObservationalMemory).toBe(true);
      expect(store.supportsPartialThreadUpdate).toBe(true);
    });

    test("come back as saved", async () => {
      const store = await open();
      const given = thread("t", {
        title: "Hello",
        metadata: { a: [1, { b: null }] },
        createdAt: at(5),
        updatedAt: at(7),
      });
      const saved = await store.saveThread({ thread: given });
      expect(saved).toEqual(given);
      expect(await store.getThreadById({ threadId: "t" })).toEqual(given);
      expect(saved.createdAt).toBeInstanceOf(Date);
    });

    test("absent stays absent and empty stays empty", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("bare") });
      const bare = await store.getThreadById({ threadId: "bare" });
      expect(bare?.title).toBeUndefined();
      expect(bare?.metadata).toBeUndefined();
      await store.saveThread({ thread: thread("empty", { title: "", metadata: {} }) });
      expect(await store.getThreadById({ threadId: "empty" })).toMatchObject({ title: "", metadata: {} });
      await store.saveThread({ thread: thread("nulls", { title: null, metadata: null } as never) });
      const nulls = await store.getThreadById({ threadId: "nulls" });
      expect(nulls?.title).toBeUndefined();
      expect(nulls?.metadata).toBeUndefined();
    });

    test("take instants as Date, ISO text and milliseconds, and refuse the rest", async () => {
      const store = await open();
      await store.saveThread({
        thread: { ...thread("t"), createdAt: at(5).toISOString(), updatedAt: at(6).getTime() } as never,
      });
      expect(await store.getThreadById({ threadId: "t" })).toMatchObject({ createdAt: at(5), updatedAt: at(6) });
      for (const createdAt of [new Date(Number.NaN), "yesterday", {}, true]) {
        await expect(store.saveThread({ thread: { ...thread("u"), createdAt } as never })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
      expect(await store.getThreadById({ threadId: "u" })).toBeNull();
    });

    test.runIf(context.clock)("get the present for times that are not given", async () => {
      const store = await open();
      const saved = await store.saveThread({ thread: { id: "t", resourceId: "alice" } as never });
      const now = new Date(context.clock?.now() ?? 0);
      expect(saved).toEqual({ id: "t", resourceId: "alice", createdAt: now, updatedAt: now });
    });

    test("a second save replaces everything", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("t", { title: "a", metadata: { x: 1, y: 2 } }) });
      await store.saveThread({
        thread: thread("t", { resourceId: "bob", metadata: { y: 3 }, createdAt: at(9), updatedAt: at(9) }),
      });
      expect(await store.getThreadById({ threadId: "t" })).toEqual(
        thread("t", { resourceId: "bob", metadata: { y: 3 }, createdAt: at(9), updatedAt: at(9) }),
      );
    });

    test("saving under another owner leaves the messages alone", async () => {
      const store = await open("t");
      await store.saveMessages({ messages: [message("m")] });
      await store.saveThread({ thread: thread("t", { resourceId: "bob" }) });
      expect((await store.listMessagesById({ messageIds: ["m"] })).messages[0]?.resourceId).toBe("alice");
    });

    test("nothing returned is shared with the store", async () => {
      const store = await open();
      const given = thread("t", { metadata: { list: [1] } });
      const contentOf = (found: StorageThreadType | null) =>
        (found as { metadata?: unknown }).metadata as { list: number[] };
      const saved = await store.saveThread({ thread: given });
      contentOf(given).list.push(2);
      contentOf(saved).list.push(3);
      saved.createdAt.setTime(0);
      const read = await store.getThreadById({ threadId: "t" });
      expect(read).toEqual(thread("t", { metadata: { list: [1] } }));
      contentOf(read).list.push(4);
      expect((await store.getThreadById({ threadId: "t" }))?.metadata).toEqual({ list: [1] });
    });

    test("what is saved is what the next read gives, whatever the metadata holds", async () => {
      const store = await open();
      const circle: Record<string, unknown> = { name: "circle" };
      circle.self = circle;
      const metadata = {
        date: at(1),
        bad: new Date(Number.NaN),
        number: Number.POSITIVE_INFINITY,
        big: 12n,
        drop: undefined,
        method() {},
        list: [undefined, () => {}, 1],
        error: new TypeError("oops"),
        url: new URL("https://example.com/a?b"),
        set: new Set([1]),
        circle,
        get broken() {
          throw new Error("no");
        },
        __proto__: null,
      };
      const saved = await store.saveThread({ thread: thread("t", { metadata }) });
      expect(saved.metadata).toMatchObject({
        date: at(1).toISOString(),
        bad: null,
        number: null,
        big: "12",
        list: [null, null, 1],
        error: { name: "TypeError", message: "oops" },
        url: "https://example.com/a?b",
        circle: { name: "circle", self: "[Circular]" },
        broken: null,
      });
      expect(Object.keys(saved.metadata ?? {})).not.toContain("drop");
      expect(await store.getThreadById({ threadId: "t" })).toEqual(saved);
    });

    fd("FD-063", "any string comes back in titles and metadata", async () => {
      const store = await open();
      const title = "a\0b \ud800 \\u0000 😀 '\"`";
      const metadata = JSON.parse(
        '{"__proto__":{"x":1},"$set":1,"a.b":2,"":3,"text":"10.5","json":"{\\"a\\":1}","nul":"\\u0000","lone":"\\ud800"}',
      );
      const given = thread("t", { title, metadata });
      await store.saveThread({ thread: given });
      const read = await store.getThreadById({ threadId: "t" });
      expect(read?.title).toBe(title);
      expect(JSON.stringify(read?.metadata)).toBe(JSON.stringify(metadata));
      expect(({} as { x?: number }).x).toBeUndefined();
    });

    test("an id and an owner are required where a thread is written", async () => {
      const store = await open();
      for (const id of [undefined, null, "", 7, {}, [], "a\0b", "\ud800"]) {
        await expect(store.saveThread({ thread: thread(id as never) })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
        await expect(store.saveThread({ thread: thread("t", { resourceId: id as never }) })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
      for (const metadata of [[], "text", 7]) {
        await expect(store.saveThread({ thread: thread("t", { metadata: metadata as never }) })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
      expect((await store.listThreads()).total).toBe(0);
    });

    test("an id that cannot be there finds nothing", async () => {
      const store = await open("t");
      for (const threadId of ["", undefined, null, "T", "t ", "a\0b"]) {
        expect(await store.getThreadById({ threadId: threadId as never })).toBeNull();
      }
    });

    fd("FD-055", "an object in the place of an id is refused", async () => {
      const store = await open("t");
      for (const threadId of [{ $ne: null }, ["t"], 0, true]) {
        await expect(store.getThreadById({ threadId: threadId as never })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
        await expect(store.deleteThread({ threadId: threadId as never })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
    });

    fd("FD-053", "a thread of another owner is not there", async () => {
      const store = await open("t");
      expect(await store.getThreadById({ threadId: "t", resourceId: "alice" })).toMatchObject({ id: "t" });
      for (const resourceId of ["bob", "", "ALICE"]) {
        expect(await store.getThreadById({ threadId: "t", resourceId })).toBeNull();
      }
      await expect(store.getThreadById({ threadId: "t", resourceId: null as never })).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
    });
  });

  describe.each(["updateThread", "patchThread"] as const)("%s", (method) => {
    test("changes only what is given and moves updatedAt on", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("t", { title: "old", metadata: { a: 1 } }) });
      const titled = await store[method]({ id: "t", title: "new" });
      expect(titled).toMatchObject({ title: "new", metadata: { a: 1 }, createdAt: at(0) });
      expect(titled.updatedAt.getTime()).toBeGreaterThan(at(0).getTime());
      const merged = await store[method]({ id: "t", metadata: { b: 2 } });
      expect(merged).toMatchObject({ title: "new", metadata: { a: 1, b: 2 } });
      expect(merged.updatedAt.getTime()).toBeGreaterThan(titled.updatedAt.getTime());
      const touched = await store[method]({ id: "t" });
      expect(touched.updatedAt.getTime()).toBeGreaterThan(merged.updatedAt.getTime());
      expect(await store.getThreadById({ threadId: "t" })).toEqual(touched);
    });

    test("null means not given, and an empty title is a title", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("t", { title: "old", metadata: { a: 1 } }) });
      expect(await store[method]({ id: "t", title: null, metadata: null } as never)).toMatchObject({
        title: "old",
        metadata: { a: 1 },
      });
      expect(await store[method]({ id: "t", title: "" })).toMatchObject({ title: "" });
    });

    fd(
      "FD-005",
      "metadata merges one level: undefined removes, null is stored, objects are replaced whole",
      async () => {
        const store = await open();
        await store.saveThread({ thread: thread("t", { metadata: { a: 1, b: 2, deep: { x: 1, y: 2 } } }) });
        const changed = await store[method]({
          id: "t",
          metadata: { a: undefined, b: null, deep: { x: 3 }, c: at(1), ...JSON.parse('{"__proto__":{"p":1}}') },
        });
        expect(changed.metadata).toEqual(
          JSON.parse(`{"b":null,"deep":{"x":3},"c":"${at(1).toISOString()}","__proto__":{"p":1}}`),
        );
        expect(await store.getThreadById({ threadId: "t" })).toEqual(changed);
      },
    );

    test("a missing thread is an error", async () => {
      const store = await open();
      for (const id of ["gone", "", undefined]) {
        await expect(store[method]({ id: id as never, title: "x" })).rejects.toMatchObject(
          refusal("NOT_FOUND", 404, "not found"),
        );
      }
      await expect(store[method]({ id: "gone" })).rejects.toMatchObject({ details: { threadId: "gone" } });
      expect((await store.listThreads()).total).toBe(0);
    });

    test("members that are not named, an owner among them, are ignored", async () => {
      const store = await open("t");
      await store[method]({ id: "t", resourceId: "bob", createdAt: at(9), surprise: 1 } as never);
      expect(await store.getThreadById({ threadId: "t" })).toMatchObject({ resourceId: "alice", createdAt: at(0) });
    });

    fd("FD-004", "a hundred parallel changes of different keys, and titles between them, all survive", async () => {
      const store = await open("t");
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          index % 10 === 9
            ? store[method]({ id: "t", title: "last" })
            : store[method]({ id: "t", metadata: { [`k${index}`]: index } }),
        ),
      );
      const { metadata, title } = (await store.getThreadById({ threadId: "t" })) ?? {};
      expect(title).toBe("last");
      expect(Object.keys(metadata ?? {})).toHaveLength(90);
    });
  });

  describe("updateThreadMetadata", () => {
    test("merges what the function makes of the thread", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("t", { title: "x", metadata: { om: { n: 1 }, other: 1 } }) });
      const changed = await store.updateThreadMetadata({
        id: "t",
        update: ({ metadata = {} }) => ({ om: { n: (metadata.om as { n: number }).n + 1 }, gone: undefined }),
      });
      expect(changed).toMatchObject({ title: "x", metadata: { om: { n: 2 }, other: 1 } });
      expect(await store.getThreadById({ threadId: "t" })).toEqual(changed);
    });

    test("undefined means that nothing is written", async () => {
      const store = await open("t");
      const before = await store.getThreadById({ threadId: "t" });
      expect(await store.updateThreadMetadata({ id: "t", update: () => undefined })).toEqual(before);
      expect(await store.getThreadById({ threadId: "t" })).toEqual(before);
    });

    test("the function's copy is private, and its exception writes nothing", async () => {
      const store = await open();
      await store.saveThread({ thread: thread("t", { metadata: { a: { b: 1 } } }) });
      await store.updateThreadMetadata({
        id: "t",
        update: (copy) => {
          (copy.metadata?.a as { b: number }).b = 9;
          return undefined;
        },
      });
      await expect(
        store.updateThreadMetadata({
          id: "t",
          update: () => {
            throw new Error("my own");
          },
        }),
      ).rejects.toMatchObject({ cause: expect.objectContaining({ message: "my own" }) });
      expect(await store.getThreadById({ threadId: "t" })).toEqual(thread("t", { metadata: { a: { b: 1 } } }));
    });

    test("a missing thread, or one of another owner, is null and the function is not called", async () => {
      const store = await open("t");
      const update = () => {
        throw new Error("called");
      };
      for (const args of [{ id: "gone" }, { id: "" }, { id: "t", resourceId: "bob" }, { id: "t", resourceId: "" }]) {
        expect(await store.updateThreadMetadata({ ...args, update })).toBeNull();
      }
      expect(
        await store.updateThreadMetadata({ id: "t", resourceId: "alice", update: () => ({ a: 1 }) }),
      ).toMatchObject({
        metadata: { a: 1 },
      });
    });

    test("parallel increments are all counted", async () => {
      const store = await open("t");
      await Promise.all(
        Array.from({ length: 40 }, () =>
          store.updateThreadMetadata({
            id: "t",
            update: ({ metadata }) => ({ n: ((metadata?.n as number | undefined) ?? 0) + 1 }),
          }),
        ),
      );
      expect((await store.getThreadById({ threadId: "t" }))?.metadata).toEqual({ n: 40 });
    });
  });

  describe("thread costs", () => {
    test("round trips", async () => {
      const costs = await costsOf(context, async (store, costOf, id) => ({
        save: await costOf(() => store.saveThread({ thread: thread(id, { metadata: { a: id, b: {} } }) })),
        get: await costOf(() => store.getThreadById({ threadId: id })),
        update: await costOf(() => store.updateThread({ id, title: "x", metadata: { a: `${id}2` } })),
        list: await costOf(() => store.listThreads()),
        listOwned: await costOf(() => store.listThreads({ filter: { resourceId: "alice", metadata: { a: 2 } } })),
        lookUp: await costOf(() => store.listThreads({ filter: { metadata: { a: `${id}2` } }, perPage: 1 })),
        remove: await costOf(() => store.deleteThread({ threadId: id })),
        removeAgain: await costOf(() => store.deleteThread({ threadId: id })),
      }));
      expect(costs).toEqual({
        save: 1,
        get: 1,
        update: 2,
        list: 1,
        listOwned: 1,
        lookUp: 2,
        remove: 2,
        removeAgain: 1,
      });
    });
  });
}
