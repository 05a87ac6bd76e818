import type { MastraDBMessage, MemoryStorage } from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonValue } from "../../arbitraries.ts";
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
  refusal,
  storeWith,
  thread,
  wrapped,
} from "./lab.ts";

export function savingSuite(context: DomainContext): void {
  const open = (...ids: string[]) => storeWith(context, ...ids);

  describe("saving messages", () => {
    test("comes back as saved, and nothing is shared with the store", async () => {
      const store = await open("t");
      const given = message("m", { type: "text", role: "signal", createdAt: at(3) });
      const { messages } = await store.saveMessages({ messages: [given] });
      expect(messages).toEqual([given]);
      given.content.parts.push({ type: "text", text: "later" });
      messages[0]?.createdAt.setTime(0);
      const [read] = await allOf(store, "t");
      expect(read).toEqual(message("m", { type: "text", role: "signal", createdAt: at(3) }));
      read?.content.parts.pop();
      expect((await allOf(store, "t"))[0]?.content.parts).toHaveLength(1);
    });

    test("nothing to save touches nothing", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      await store.saveThread({ thread: thread("t") });
      calls.reset();
      expect(await store.saveMessages({ messages: [] })).toEqual({ messages: [] });
      expect(calls.count).toBe(0);
    });

    test.each([
      ["id", undefined],
      ["id", ""],
      ["id", 7],
      ["id", "a\0"],
      ["threadId", undefined],
      ["threadId", ""],
      ["threadId", null],
      ["resourceId", undefined],
      ["resourceId", null],
      ["resourceId", ""],
      ["role", undefined],
      ["role", ""],
      ["content", undefined],
      ["content", null],
      ["createdAt", new Date(Number.NaN)],
      ["createdAt", "soon"],
    ])("a message whose %s is %j refuses the whole call", async (member, value) => {
      const store = await open("t");
      const bad = { ...message("bad"), [member]: value } as MastraDBMessage;
      await expect(store.saveMessages({ messages: [message("good"), bad] })).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400, member),
      );
      expect(await allOf(store, "t")).toEqual([]);
      expect((await store.getThreadById({ threadId: "t" }))?.updatedAt).toEqual(at(0));
    });

    fd("FD-022", "a thread that is missing refuses the whole call", async () => {
      const store = await open("t");
      const { updatedAt } = (await store.getThreadById({ threadId: "t" })) ?? {};
      const given = [message("a"), message("b", { threadId: "nowhere" }), message("c", { threadId: "nor here" })];
      await expect(store.saveMessages({ messages: given })).rejects.toMatchObject({
        ...refusal("NOT_FOUND", 404, /nowhere.*not found/),
        details: expect.objectContaining({
          threadId: "nowhere",
          status: 404,
          domain: "memory",
          operation: "saveMessages",
        }),
      });
      expect(await allOf(store, ["t", "nowhere"])).toEqual([]);
      expect((await store.getThreadById({ threadId: "t" }))?.updatedAt).toEqual(updatedAt);
    });

    test("an id saved again is replaced and keeps its place", async () => {
      const store = await open("t");
      await store.saveMessages({ messages: messages(3, () => ({ createdAt: at(1) })) });
      const again = message("m0", { createdAt: at(9), role: "assistant", type: "text", resourceId: "bob" });
      const { messages: saved } = await store.saveMessages({ messages: [again] });
      expect(saved).toEqual([again]);
      const stored = await allOf(store, "t");
      expect(idsOf(stored)).toEqual(["m0", "m1", "m2"]);
      expect(stored[0]).toEqual({ ...again, createdAt: at(1) });
    });

    test("an id saved in another thread moves there, and the thread it left is not moved on", async () => {
      const store = await open("t", "u");
      await store.saveMessages({ messages: [message("m")] });
      const before = await store.getThreadById({ threadId: "t" });
      await store.saveMessages({ messages: [message("m", { threadId: "u" })] });
      expect(await allOf(store, "t")).toEqual([]);
      expect(idsOf(await allOf(store, "u"))).toEqual(["m"]);
      expect(await store.getThreadById({ threadId: "t" })).toEqual(before);
    });

    test("the same id twice in one call: the last content at the first place", async () => {
      const store = await open("t");
      const last = message("a", { createdAt: at(9), content: { format: 2, parts: [{ type: "text", text: "last" }] } });
      const { messages: saved } = await store.saveMessages({
        messages: [message("a", { createdAt: at(1) }), message("b", { createdAt: at(1) }), last],
      });
      expect(saved).toEqual([{ ...last, createdAt: at(1) }, message("b", { createdAt: at(1) })]);
      expect(await allOf(store, "t")).toEqual(saved);
    });

    test("every thread concerned moves on, each time", async () => {
      const store = await open("t", "u", "v");
      await store.saveMessages({ messages: [message("a"), message("b", { threadId: "u" })] });
      const time = async (threadId: string) => (await store.getThreadById({ threadId }))?.updatedAt.getTime() ?? 0;
      const first = { t: await time("t"), u: await time("u") };
      expect(await time("v")).toBe(at(0).getTime());
      if (context.clock) expect(first).toEqual({ t: context.clock.now(), u: context.clock.now() });
      for (let i = 0; i < 3; i++) await store.saveMessages({ messages: [message("a")] });
      expect(await time("t")).toBeGreaterThanOrEqual(first.t + 3);
      expect(await time("u")).toBe(first.u);
    });

    fd("FD-041", "messages of one millisecond keep the order of the calls, in both directions", async () => {
      const store = await open("t");
      const ids = Array.from({ length: 60 }, (_, index) => `m${(index * 37) % 60}`);
      for (let i = 0; i < 60; i += 3) {
        await store.saveMessages({ messages: ids.slice(i, i + 3).map((id) => message(id)) });
      }
      expect(idsOf(await allOf(store, "t"))).toEqual(ids);
      const { messages: down } = await store.listMessages({
        threadId: "t",
        perPage: false,
        orderBy: { direction: "DESC" },
      });
      expect(idsOf(down)).toEqual(ids.toReversed());
    });

    fd("FD-042", "messages without a time keep their order", async () => {
      const store = await open("t");
      const ids = ["z", "a", "m", "b"];
      const given = ids.map((id) => ({ ...message(id), createdAt: undefined }) as never);
      const { messages: saved } = await store.saveMessages({ messages: given });
      expect(idsOf(saved)).toEqual(ids);
      expect(await allOf(store, "t")).toEqual(saved);
      expect(saved[0]?.createdAt).toBeInstanceOf(Date);
    });

    test("the answer is in order of time, whatever the order of the call", async () => {
      const store = await open("t");
      const { messages: saved } = await store.saveMessages({
        messages: [
          message("c", { createdAt: at(3) }),
          message("a", { createdAt: at(1) }),
          message("b", { createdAt: at(3) }),
        ],
      });
      expect(idsOf(saved)).toEqual(["a", "c", "b"]);
      expect(await allOf(store, "t")).toEqual(saved);
    });

    test("roles and types are kept as they are, tool results are the assistant's", async () => {
      const store = await open("t");
      const given = [
        message("a", { role: "system" }),
        message("b", { role: "signal", type: "tool-call" }),
        message("c", { role: "narrator", type: "v2" }),
        message("d", { role: "tool", type: null as never }),
      ];
      const { messages: saved } = await store.saveMessages({ messages: given });
      expect(saved.map(({ role, type }) => [role, type])).toEqual([
        ["system", undefined],
        ["signal", "tool-call"],
        ["narrator", undefined],
        ["assistant", undefined],
      ]);
      expect(await allOf(store, "t")).toEqual(saved);
    });

    fd("FD-023", "parts of every kind come back unchanged", async () => {
      const store = await open("t");
      const content = {
        format: 2 as const,
        parts: [
          { type: "step-start", model: "x" },
          { type: "reasoning", reasoning: "", details: [{ type: "text", text: "why", signature: "s" }] },
          {
            type: "tool-invocation",
            toolInvocation: { state: "output-denied", toolCallId: "1", toolName: "n", args: {}, approval: { id: 1 } },
            providerMetadata: { p: { q: [] } },
          },
          { type: "file", data: "data:,x", mimeType: "text/plain", filename: "x.txt" },
          { type: "data-om-observation-start", data: { cycleId: "c" } },
          { type: "never-heard-of", anything: [[{}]], createdAt: 17 },
          { type: "error", error: { name: "E", message: "m" } },
        ],
        content: "flat",
        annotations: [{ a: 1 }],
        experimental_attachments: [{ url: "u" }],
        metadata: { k: null },
        extra: { kept: true },
      };
      const { messages: saved } = await store.saveMessages({ messages: [message("m", { content })] });
      expect(saved[0]?.content).toEqual(content);
      expect(await allOf(store, "t")).toEqual(saved);
    });

    test("any content: the answer is what the next read gives", async () => {
      const store = await open("t");
      const part = fc.dictionary(fc.string({ maxLength: 5 }), jsonValue(), { maxKeys: 3 });
      const live = fc.constantFrom<unknown>(new Date(5), undefined, Number.NaN, -0, 10n, new Map(), Symbol("s"));
      await fc.assert(
        fc.asyncProperty(fc.array(part, { maxLength: 3 }), live, async (parts, odd) => {
          const content = { format: 2, parts, metadata: { odd } } as never;
          const { messages: saved } = await store.saveMessages({ messages: [message("m", { content })] });
          const stored = await allOf(store, "t");
          const expected = saved.map((each) => ({ ...each, createdAt: at(0) }));
          expect(stored).toEqual(expected);
          expect(stored.map(({ content }) => JSON.stringify(content))).toEqual(
            expected.map(({ content }) => JSON.stringify(content)),
          );
        }),
        { numRuns: context.runs(60) },
      );
    });

    fd("FD-027", "the same save made again changes nothing but the thread's time", async () => {
      const store = await open("t");
      const given = messages(20);
      await store.saveMessages({ messages: given });
      const before = await allOf(store, "t");
      for (let i = 0; i < 3; i++) await store.saveMessages({ messages: given });
      expect(await allOf(store, "t")).toEqual(before);
    });

    test("parallel saves to one thread all survive", async () => {
      const store = await open("t");
      await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          store.saveMessages({ messages: [message(`a${index}`), message(`b${index}`)] }),
        ),
      );
      const ids = idsOf(await allOf(store, "t"));
      expect(ids).toHaveLength(60);
      for (let i = 0; i < 30; i++) expect(ids.indexOf(`b${i}`)).toBeGreaterThan(ids.indexOf(`a${i}`));
    });

    fd("FD-117", "is one round trip, however many messages and threads fit a batch", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      for (const id of ["t", "u"]) await store.saveThread({ thread: thread(id) });
      await store.saveMessages({ messages: [message("warm")] });
      calls.reset();
      await store.saveMessages({ messages: messages(10, (index) => ({ threadId: index % 2 ? "t" : "u" })) });
      expect([calls.reads.length, calls.writes.length]).toEqual([0, 1]);
    });
  });

  describe("saves larger than one batch", () => {
    fd("FD-152", "arrive whole and in order", async () => {
      const store = await context.store<MemoryStorage>("memory", { wrap: narrow() });
      for (const id of ["t", "u", "v"]) await store.saveThread({ thread: thread(id) });
      const given = messages(200, (index) => ({ threadId: ["t", "u", "v"][index % 3] as string, createdAt: at(0) }));
      const { messages: saved } = await store.saveMessages({ messages: given });
      expect(saved).toEqual(given);
      expect(await allOf(store, ["t", "u", "v"])).toEqual(given);
      for (const threadId of ["t", "u", "v"]) {
        expect((await store.getThreadById({ threadId }))?.updatedAt.getTime()).toBeGreaterThan(at(0).getTime());
      }
    });

    test("are cut by size too", async () => {
      const limit = 1024 * 1024;
      const sizes: number[] = [];
      const sizing = interrupted(
        (ops) => void sizes.push(JSON.stringify(ops.map((op) => ("row" in op ? op.row : ""))).length),
      );
      const store = await context.store<MemoryStorage>("memory", { wrap: wrapped(narrow(24, limit), sizing) });
      await store.saveThread({ thread: thread("t") });
      const content = { format: 2 as const, parts: [{ type: "text", text: "x".repeat(100_000) }] };
      await store.saveMessages({ messages: messages(20, () => ({ content })) });
      expect(await allOf(store, "t")).toHaveLength(20);
      expect(Math.max(...sizes)).toBeLessThan(limit);
    });

    test("with as many threads as messages, and one of them missing: nothing is written", async () => {
      const store = await context.store<MemoryStorage>("memory", { wrap: narrow() });
      const ids = Array.from({ length: 60 }, (_, index) => `t${index}`);
      for (const id of ids.slice(0, -1)) await store.saveThread({ thread: thread(id) });
      const given = messages(60, (index) => ({ threadId: ids[index] as string }));
      await expect(store.saveMessages({ messages: given })).rejects.toMatchObject(refusal("NOT_FOUND", 404, "t59"));
      expect(await allOf(store, ids)).toEqual([]);
      await store.saveThread({ thread: thread("t59") });
      await store.saveMessages({ messages: given });
      expect(await allOf(store, ids)).toHaveLength(60);
    });

    test("a thread that is deleted meanwhile leaves nothing behind", async () => {
      let deleteNow = async () => {};
      const interruption = interrupted(async (ops) => {
        const isThird = ops.some((op) => op.op === "put" && op.row.id === "m40");
        if (isThird) await deleteNow();
      });
      const storage = await context.open({ wrap: wrapped(narrow(), interruption) });
      const store = (await storage.getStore("memory")) as MemoryStorage;
      await store.saveThread({ thread: thread("t") });
      deleteNow = async () => {
        deleteNow = async () => {};
        await store.deleteThread({ threadId: "t" });
      };
      await expect(store.saveMessages({ messages: messages(100) })).rejects.toMatchObject(refusal("NOT_FOUND", 404));
      expect((await store.listMessagesById({ messageIds: idsOf(messages(100)) })).messages).toEqual([]);
    });

    test("after a fault the same call made again completes it", async () => {
      let faults = 1;
      const broken = interrupted((ops) => {
        if (ops.length > 5 && ops.some((op) => op.op === "put" && op.row.id === "m50") && faults-- > 0)
          throw new Error("gone");
      });
      const store = await context.store<MemoryStorage>("memory", { wrap: wrapped(narrow(), broken) });
      await store.saveThread({ thread: thread("t") });
      await expect(store.saveMessages({ messages: messages(100) })).rejects.toThrow();
      await store.saveMessages({ messages: messages(100) });
      expect(idsOf(await allOf(store, "t"))).toEqual(idsOf(messages(100)));
    });
  });
}
