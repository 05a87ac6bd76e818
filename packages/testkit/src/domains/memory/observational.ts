import type { MemoryStorage, ObservationalMemoryRecord } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, costsOf, counting, interrupted, narrow, refusal, storeWith } from "./lab.ts";

const input = (rest = {}) => ({
  threadId: "t" as string | null,
  resourceId: "alice",
  scope: "thread" as const,
  config: { observation: { model: "m", limit: 1 } },
  ...rest,
});

export function observationalSuite(context: DomainContext): void {
  const open = () => storeWith(context);
  const started = async () => {
    const store = await open();
    return { store, first: await store.initializeObservationalMemory(input()) };
  };
  const current = async (store: MemoryStorage) =>
    (await store.getObservationalMemory("t", "alice")) as ObservationalMemoryRecord;
  const record = (rest: Partial<ObservationalMemoryRecord> = {}): ObservationalMemoryRecord => ({
    id: "r",
    scope: "thread",
    threadId: "t",
    resourceId: "alice",
    createdAt: at(1),
    updatedAt: at(2),
    lastObservedAt: at(3),
    originType: "reflection",
    generationCount: 4,
    activeObservations: "* seen\0\ud800",
    bufferedObservationChunks: [
      {
        id: "ombuf-1",
        cycleId: "c1",
        observations: "o",
        tokenCount: 3,
        messageIds: ["m"],
        messageTokens: 5,
        lastObservedAt: at(4),
        createdAt: at(5),
        extractedValues: { a: [1] },
      },
    ],
    bufferedReflection: "b",
    bufferedReflectionTokens: 1,
    bufferedReflectionInputTokens: 2,
    reflectedObservationLineCount: 3,
    observedMessageIds: ["m1"],
    observedTimezone: "Europe/Berlin",
    totalTokensObserved: 10,
    observationTokenCount: 20,
    pendingMessageTokens: 30,
    isReflecting: true,
    isObserving: false,
    isBufferingObservation: true,
    isBufferingReflection: false,
    lastBufferedAtTokens: 7,
    lastBufferedAtTime: at(6),
    config: { a: {} },
    metadata: { m: null },
    ...rest,
  });

  describe("observational memory", () => {
    test("starts empty", async () => {
      const { store, first } = await started();
      expect(first).toMatchObject({
        scope: "thread",
        threadId: "t",
        resourceId: "alice",
        originType: "initial",
        generationCount: 0,
        activeObservations: "",
        totalTokensObserved: 0,
        observationTokenCount: 0,
        pendingMessageTokens: 0,
        isReflecting: false,
        isObserving: false,
        isBufferingObservation: false,
        isBufferingReflection: false,
        lastBufferedAtTokens: 0,
        lastBufferedAtTime: null,
        config: input().config,
        metadata: {},
      });
      for (const member of [
        "lastObservedAt",
        "bufferedObservationChunks",
        "bufferedReflection",
        "observedMessageIds",
        "observedTimezone",
      ]) {
        expect(first[member as keyof typeof first]).toBeUndefined();
      }
      expect(await current(store)).toEqual(first);
      expect(await store.getObservationalMemoryHistory("t", "alice")).toEqual([first]);
    });

    fd("FD-031", "24 parallel starts give one record", async () => {
      const storage = await context.open();
      const isApart = context.canReopen && context.capabilities.compareAndSwap;
      const stores = [storage, ...(isApart ? [await context.reopen(storage)] : [])];
      const memories = await Promise.all(stores.map(async (each) => (await each.getStore("memory")) as MemoryStorage));
      const records = await Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          (memories[index % memories.length] as MemoryStorage).initializeObservationalMemory(input()),
        ),
      );
      expect(new Set(records.map(({ id }) => id)).size).toBe(1);
      expect(await memories[0]?.getObservationalMemoryHistory("t", "alice")).toHaveLength(1);
    });

    test("a start where there is a record gives it unchanged", async () => {
      const { store, first } = await started();
      const second = await store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 });
      expect(await store.initializeObservationalMemory(input({ config: { other: 1 } }))).toEqual(second);
    });

    test("belongs to a thread whoever asks, or to a resource", async () => {
      const { store, first } = await started();
      expect(await store.getObservationalMemory("t", "bob")).toEqual(first);
      expect(await store.getObservationalMemory("t", undefined as never)).toEqual(first);
      expect(await store.getObservationalMemory(null, "alice")).toBeNull();
      const resource = await store.initializeObservationalMemory(input({ threadId: null, scope: "resource" }));
      expect(resource).toMatchObject({ threadId: null, scope: "resource" });
      expect(await store.getObservationalMemory(null, "alice")).toEqual(resource);
      expect(await store.getObservationalMemory(undefined as never, "alice")).toEqual(resource);
      expect(await store.getObservationalMemory(null, "t")).toBeNull();
    });

    test("an empty id means nobody", async () => {
      const { store } = await started();
      await store.initializeObservationalMemory(input({ threadId: null, scope: "resource" }));
      for (const [threadId, resourceId] of [
        ["", "alice"],
        [null, ""],
        [null, undefined],
        [null, null],
      ] as const) {
        expect(await store.getObservationalMemory(threadId, resourceId as never)).toBeNull();
        expect(await store.getObservationalMemoryHistory(threadId, resourceId as never)).toEqual([]);
        await expect(
          store.initializeObservationalMemory(input({ threadId, resourceId: resourceId as never })),
        ).rejects.toMatchObject(refusal("INVALID_INPUT", 400));
        await expect(store.clearObservationalMemory(threadId, resourceId as never)).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
        await expect(
          store.insertObservationalMemoryRecord(record({ threadId, resourceId: resourceId as never })),
        ).rejects.toMatchObject(refusal("INVALID_INPUT", 400));
      }
      await expect(store.getObservationalMemory({} as never, "alice")).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
    });

    test("live objects in the configuration are no obstacle", async () => {
      const store = await open();
      class Model {
        readonly modelId = "gpt";
        generate() {}
        get broken() {
          throw new Error("no");
        }
      }
      const config: Record<string, unknown> = {
        model: new Model(),
        run: () => {},
        at: at(1),
        schema: Symbol("s"),
        n: 1n,
      };
      config.self = config;
      const first = await store.initializeObservationalMemory(input({ config }));
      expect(first.config).toMatchObject({
        model: { modelId: "gpt" },
        at: at(1).toISOString(),
        n: "1",
        self: "[Circular]",
      });
      expect(await current(store)).toEqual(first);
    });

    test("round trips", async () => {
      const costs = await costsOf(context, async (store, costOf, threadId) => {
        const first = await store.initializeObservationalMemory(input({ threadId }));
        const { id } = first;
        return {
          get: await costOf(() => store.getObservationalMemory(threadId, "alice")),
          history: await costOf(() => store.getObservationalMemoryHistory(threadId, "alice")),
          flag: await costOf(() => store.setObservingFlag(id, true)),
          tokens: await costOf(() => store.setPendingMessageTokens(id, 1)),
          config: await costOf(() => store.updateObservationalMemoryConfig({ id, config: { a: 1 } })),
          reflect: await costOf(() =>
            store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 }),
          ),
        };
      });
      expect(costs).toEqual({ get: 1, history: 1, flag: 1, tokens: 1, config: 2, reflect: 2 });
    });

    test("flipping a flag does not carry the texts", async () => {
      const { wrap, calls } = counting();
      const store = await context.store<MemoryStorage>("memory", { wrap });
      const { id } = await store.initializeObservationalMemory(input());
      const update = { id, observations: "x".repeat(1000), tokenCount: 1, lastObservedAt: at(1) };
      await store.updateActiveObservations(update);
      calls.reset();
      await store.setReflectingFlag(id, true);
      await store.setBufferingObservationFlag(id, true, 5);
      await store.updateObservationalMemoryConfig({ id, config: { a: 1 } });
      await store.updateActiveObservations({ ...update, observations: "y" });
      await store.updateBufferedReflection({
        id,
        reflection: "r",
        tokenCount: 1,
        inputTokenCount: 1,
        reflectedObservationLineCount: 1,
      });
      for (const op of calls.reads.flat()) expect("columns" in op && op.columns).not.toContain("activeObservations");
      expect(
        JSON.stringify(calls.writes.flat().map((op) => ("set" in op ? op.set : "row" in op ? op.row : 0))),
      ).not.toContain("xxx");
    });
  });

  describe("generations", () => {
    test("history: newest first, ten by default, by time, offset and limit", async () => {
      const { store, first } = await started();
      const all = [first];
      for (let i = 1; i <= 12; i++) {
        context.clock?.advance(1000);
        const currentRecord = all[0] as ObservationalMemoryRecord;
        all.unshift(await store.createReflectionGeneration({ currentRecord, reflection: `r${i}`, tokenCount: i }));
      }
      const numbers = async (...rest: [number?, object?]) =>
        (await store.getObservationalMemoryHistory("t", "alice", ...rest)).map(
          ({ generationCount }) => generationCount,
        );
      expect(await numbers()).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
      expect(await numbers(3)).toEqual([12, 11, 10]);
      expect(await numbers(2, { offset: 11 })).toEqual([1, 0]);
      expect(await numbers(0)).toEqual([]);
      expect(await numbers(100)).toHaveLength(13);
      expect(await store.getObservationalMemoryHistory("t", "alice", 100)).toEqual(all);
      expect(await current(store)).toEqual(all[0]);
      if (context.clock) {
        const range = { from: all[8]?.createdAt, to: all[4]?.createdAt };
        expect(await numbers(undefined, range)).toEqual([8, 7, 6, 5, 4]);
        expect(await numbers(2, { ...range, offset: 1 })).toEqual([7, 6]);
      }
    });

    test("a reflection takes over what is stored, and leaves the old record as it is", async () => {
      const { store, first } = await started();
      const { id } = first;
      await store.updateActiveObservations({
        id,
        observations: "long",
        tokenCount: 10.4,
        lastObservedAt: at(5),
        observedTimezone: "UTC",
        observedMessageIds: ["m"],
      });
      await store.setPendingMessageTokens(id, 44);
      await store.setReflectingFlag(id, true);
      await store.updateBufferedReflection({
        id,
        reflection: "b",
        tokenCount: 1,
        inputTokenCount: 1,
        reflectedObservationLineCount: 1,
      });
      const before = await current(store);
      const next = await store.createReflectionGeneration({
        currentRecord: first,
        reflection: "short",
        tokenCount: 2.6,
      });
      expect(next).toMatchObject({
        originType: "reflection",
        generationCount: 1,
        activeObservations: "short",
        observationTokenCount: 3,
        totalTokensObserved: 10,
        pendingMessageTokens: 0,
        lastObservedAt: at(5),
        observedTimezone: "UTC",
        config: first.config,
        metadata: {},
        isReflecting: false,
        lastBufferedAtTokens: 0,
        lastBufferedAtTime: null,
      });
      expect(next.bufferedReflection).toBeUndefined();
      expect(next.observedMessageIds).toBeUndefined();
      expect(await store.getObservationalMemoryHistory("t", "alice")).toEqual([next, before]);
    });

    test("no cursor is invented", async () => {
      const { store, first } = await started();
      const next = await store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 });
      expect(next.lastObservedAt).toBeUndefined();
    });

    test("racing reflections get numbers of their own", async () => {
      const { store, first } = await started();
      const made = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          store.createReflectionGeneration({ currentRecord: first, reflection: `r${index}`, tokenCount: 1 }),
        ),
      );
      expect(made.map(({ generationCount }) => generationCount).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect((await current(store)).generationCount).toBe(8);
    });

    test.runIf(context.canReopen)(
      "a number that another process takes between read and write is not given twice",
      async () => {
        let between = async () => {};
        const interruption = interrupted(async (ops) => {
          if (ops.some((op) => op.op === "put" && op.row.originType === "reflection")) await between();
        });
        const storage = await context.open({ wrap: interruption });
        const store = (await storage.getStore("memory")) as MemoryStorage;
        const rival = (await (await context.reopen(storage)).getStore("memory")) as MemoryStorage;
        const first = await store.initializeObservationalMemory(input());
        between = async () => {
          between = async () => {};
          await rival.insertObservationalMemoryRecord(record({ id: "rival", generationCount: 1 }));
        };
        const made = await store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 });
        expect(made.generationCount).toBe(2);
        expect(await store.getObservationalMemoryHistory("t", "alice")).toHaveLength(3);
      },
    );

    test("a copy that names another key, or an older generation, does not matter", async () => {
      const { store, first } = await started();
      const next = await store.createReflectionGeneration({
        currentRecord: { ...first, threadId: "elsewhere", generationCount: 5, config: { stale: 1 } },
        reflection: "r",
        tokenCount: 1,
      });
      expect(next).toMatchObject({ threadId: "t", generationCount: 6, config: first.config });
      const after = await store.createReflectionGeneration({ currentRecord: first, reflection: "s", tokenCount: 1 });
      expect(after.generationCount).toBe(7);
    });

    test("a record that is gone gets no successor", async () => {
      const { store, first } = await started();
      await store.clearObservationalMemory("t", "alice");
      for (const id of [first.id, "", undefined]) {
        const currentRecord = { ...first, id } as ObservationalMemoryRecord;
        await expect(
          store.createReflectionGeneration({ currentRecord, reflection: "r", tokenCount: 1 }),
        ).rejects.toMatchObject(refusal("NOT_FOUND", 404, "not found"));
        await expect(store.swapBufferedReflectionToActive({ currentRecord, tokenCount: 1 })).rejects.toMatchObject(
          refusal("NOT_FOUND", 404, "not found"),
        );
      }
      expect(await store.getObservationalMemory("t", "alice")).toBeNull();
    });

    test("clearing removes all of one key, and only of it", async () => {
      for (const records of [1000, 24]) {
        const store = await context.store<MemoryStorage>("memory", { wrap: narrow(records) });
        let currentRecord = await store.initializeObservationalMemory(input());
        for (let i = 0; i < 40; i++) {
          currentRecord = await store.createReflectionGeneration({ currentRecord, reflection: "r", tokenCount: 1 });
        }
        const other = await store.initializeObservationalMemory(input({ threadId: null, scope: "resource" }));
        await store.clearObservationalMemory("t", "alice");
        expect(await store.getObservationalMemoryHistory("t", "alice", 100)).toEqual([]);
        expect(await store.getObservationalMemory(null, "alice")).toEqual(other);
        await store.clearObservationalMemory("t", "alice");
      }
    });

    test("whole records are stored as given", async () => {
      const store = await open();
      const given = record();
      await store.insertObservationalMemoryRecord(given);
      expect(await current(store)).toEqual(given);
      await expect(store.insertObservationalMemoryRecord(given)).rejects.toMatchObject({
        category: "USER",
        details: expect.objectContaining({ status: 409 }),
      });
      await expect(
        store.insertObservationalMemoryRecord({ ...given, threadId: "elsewhere", generationCount: 9 }),
      ).rejects.toMatchObject({ details: expect.objectContaining({ status: 409 }) });
      expect(await store.getObservationalMemoryHistory("t", "alice")).toEqual([given]);
      expect(await store.getObservationalMemory("elsewhere", "alice")).toBeNull();
    });

    test("whole records whose number is taken become the newest", async () => {
      const { store } = await started();
      await store.insertObservationalMemoryRecord(record({ id: "a", generationCount: 7 }));
      await store.insertObservationalMemoryRecord(record({ id: "b", generationCount: 0 }));
      expect(await current(store)).toMatchObject({ id: "b", generationCount: 8 });
      await store.insertObservationalMemoryRecord(record({ id: "c", generationCount: 3 }));
      expect(
        (await store.getObservationalMemoryHistory("t", "alice")).map(({ id, generationCount }) => [
          id,
          generationCount,
        ]),
      ).toEqual([
        ["b", 8],
        ["a", 7],
        ["c", 3],
        [expect.any(String), 0],
      ]);
      await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          store.insertObservationalMemoryRecord(record({ id: `p${index}`, generationCount: 3 })),
        ),
      );
      const numbers = (await store.getObservationalMemoryHistory("t", "alice", 100)).map(
        ({ generationCount }) => generationCount,
      );
      expect(numbers).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 3, 0]);
    });

    test("dates in chunks that cannot be used are dropped", async () => {
      const store = await open();
      const [chunk] = record().bufferedObservationChunks ?? [];
      await store.insertObservationalMemoryRecord(
        record({
          bufferedObservationChunks: [{ ...chunk, lastObservedAt: "soon", createdAt: at(5).toISOString() } as never],
        }),
      );
      const [stored] = (await current(store)).bufferedObservationChunks ?? [];
      expect(stored?.lastObservedAt).toBeUndefined();
      expect(stored?.createdAt).toEqual(at(5));
    });
  });

  describe("changes of one record", () => {
    test("a direct observation", async () => {
      const { store, first } = await started();
      const { id } = first;
      await store.setPendingMessageTokens(id, 100.6);
      expect((await current(store)).pendingMessageTokens).toBe(101);
      await store.setObservingFlag(id, true);
      await store.updateActiveObservations({
        id,
        observations: "a",
        tokenCount: 10,
        lastObservedAt: at(1),
        observedMessageIds: ["m1"],
        observedTimezone: "UTC",
      });
      await store.updateActiveObservations({
        id,
        observations: "b",
        tokenCount: 5,
        lastObservedAt: at(2).toISOString() as never,
      });
      expect(await current(store)).toMatchObject({
        activeObservations: "b",
        observationTokenCount: 5,
        totalTokensObserved: 15,
        pendingMessageTokens: 0,
        lastObservedAt: at(2),
        observedMessageIds: ["m1"],
        observedTimezone: "UTC",
        isObserving: true,
      });
      await store.updateActiveObservations({
        id,
        observations: "",
        tokenCount: 0,
        lastObservedAt: at(3),
        observedMessageIds: [],
      });
      expect(await current(store)).toMatchObject({ activeObservations: "", observedMessageIds: [] });
    });

    test("flags", async () => {
      const { store, first } = await started();
      const { id } = first;
      await store.setReflectingFlag(id, true);
      await store.setObservingFlag(id, true);
      await store.setBufferingReflectionFlag(id, true);
      await store.setBufferingObservationFlag(id, true, 42);
      const on = { isReflecting: true, isObserving: true, isBufferingReflection: true, isBufferingObservation: true };
      expect(await current(store)).toMatchObject({ ...on, lastBufferedAtTokens: 42 });
      await store.setBufferingObservationFlag(id, false);
      expect(await current(store)).toMatchObject({ ...on, isBufferingObservation: false, lastBufferedAtTokens: 42 });
      await store.setBufferingObservationFlag(id, false, 0);
      await store.setReflectingFlag(id, false);
      expect(await current(store)).toMatchObject({ isReflecting: false, isObserving: true, lastBufferedAtTokens: 0 });
    });

    test("the configuration merges deeply", async () => {
      const { store, first } = await started();
      const { id } = first;
      const merge = (config: Record<string, unknown>) => store.updateObservationalMemoryConfig({ id, config });
      await merge({ observation: { limit: 2, extra: undefined }, list: [1, 2], nothing: null });
      expect((await current(store)).config).toEqual({
        observation: { model: "m", limit: 2 },
        list: [1, 2],
        nothing: null,
      });
      await merge({ list: [3], observation: { model: { id: "x" } }, run: () => {} });
      expect((await current(store)).config).toEqual({
        observation: { model: { id: "x" }, limit: 2 },
        list: [3],
        nothing: null,
      });
      await merge(JSON.parse('{"__proto__":{"p":1},"observation":null}'));
      expect((await current(store)).config).toEqual(
        JSON.parse('{"list":[3],"nothing":null,"observation":null,"__proto__":{"p":1}}'),
      );
      expect(({} as { p?: number }).p).toBeUndefined();
    });

    test.runIf(context.clock)("every one of them tells the time", async () => {
      const { store, first } = await started();
      const { id } = first;
      for (const change of [
        () => store.setObservingFlag(id, true),
        () => store.setPendingMessageTokens(id, 1),
        () => store.updateObservationalMemoryConfig({ id, config: {} }),
        () => store.updateActiveObservations({ id, observations: "x", tokenCount: 1, lastObservedAt: at(1) }),
      ]) {
        context.clock?.advance(10);
        await change();
        expect((await current(store)).updatedAt.getTime()).toBe(context.clock?.now());
      }
      expect((await current(store)).createdAt).toEqual(first.createdAt);
    });

    test("a missing record is an error, an odd value too", async () => {
      const { store, first } = await started();
      const chunk = {
        cycleId: "c",
        observations: "o",
        tokenCount: 1,
        messageIds: [],
        messageTokens: 1,
        lastObservedAt: at(1),
      };
      const calls = (id: string): (() => Promise<unknown>)[] => [
        () => store.setReflectingFlag(id, true),
        () => store.setObservingFlag(id, true),
        () => store.setBufferingReflectionFlag(id, true),
        () => store.setBufferingObservationFlag(id, true),
        () => store.setPendingMessageTokens(id, 1),
        () => store.updateObservationalMemoryConfig({ id, config: {} }),
        () => store.updateActiveObservations({ id, observations: "x", tokenCount: 1, lastObservedAt: at(1) }),
        () => store.updateBufferedObservations({ id, chunk }),
        () =>
          store.updateBufferedReflection({
            id,
            reflection: "r",
            tokenCount: 1,
            inputTokenCount: 1,
            reflectedObservationLineCount: 1,
          }),
        () =>
          store.swapBufferedToActive({ id, activationRatio: 0.5, messageTokensThreshold: 1, currentPendingTokens: 1 }),
      ];
      for (const id of ["nowhere", ""]) {
        for (const call of calls(id))
          await expect(call()).rejects.toMatchObject(refusal("NOT_FOUND", 404, "not found"));
      }
      await expect(store.setPendingMessageTokens(first.id, Number.NaN)).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
      await expect(store.setObservingFlag(first.id, "yes" as never)).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
      expect(await current(store)).toEqual(first);
    });

    test("a record that is superseded can still be changed", async () => {
      const { store, first } = await started();
      const next = await store.createReflectionGeneration({ currentRecord: first, reflection: "r", tokenCount: 1 });
      await store.setReflectingFlag(first.id, true);
      const [newest, old] = await store.getObservationalMemoryHistory("t", "alice");
      expect(newest).toEqual(next);
      expect(old?.isReflecting).toBe(true);
    });

    fd("FD-004", "parallel changes of different things all survive", async () => {
      const { store, first } = await started();
      const { id } = first;
      await Promise.all([
        ...Array.from({ length: 15 }, (_, index) =>
          store.updateObservationalMemoryConfig({ id, config: { [`k${index}`]: 1 } }),
        ),
        ...Array.from({ length: 15 }, () =>
          store.updateActiveObservations({ id, observations: "x", tokenCount: 2, lastObservedAt: at(1) }),
        ),
        store.setReflectingFlag(id, true),
        store.setBufferingObservationFlag(id, true, 9),
      ]);
      const after = await current(store);
      expect(after).toMatchObject({
        totalTokensObserved: 30,
        isReflecting: true,
        isBufferingObservation: true,
        lastBufferedAtTokens: 9,
      });
      expect(Object.keys(after.config)).toHaveLength(16);
    });
  });
}
