import type { BufferedObservationChunkInput, MemoryStorage, ObservationalMemoryRecord } from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DomainContext } from "../context.ts";
import { at, refusal, storeWith } from "./lab.ts";

const chunk = (cycleId: string, rest: Partial<BufferedObservationChunkInput> = {}): BufferedObservationChunkInput => ({
  cycleId,
  observations: `* of ${cycleId}`,
  tokenCount: 10,
  messageIds: [`${cycleId}-1`, `${cycleId}-2`],
  messageTokens: 1000,
  lastObservedAt: at(1),
  ...rest,
});

/** Everything is wanted. */
const all = { activationRatio: 1, messageTokensThreshold: 10_000, currentPendingTokens: 1_000_000 };

export function bufferingSuite(context: DomainContext): void {
  const started = async (...cycles: BufferedObservationChunkInput[]) => {
    const store = await storeWith(context);
    const { id } = await store.initializeObservationalMemory({
      threadId: "t",
      resourceId: "alice",
      scope: "thread",
      config: {},
    });
    for (const each of cycles) await store.updateBufferedObservations({ id, chunk: each });
    return { store, id };
  };
  const current = async (store: MemoryStorage) =>
    (await store.getObservationalMemory("t", "alice")) as ObservationalMemoryRecord;
  const cycles = async (store: MemoryStorage) =>
    ((await current(store)).bufferedObservationChunks ?? []).map(({ cycleId }) => cycleId);

  describe("buffered observations", () => {
    test("are appended with an id and a time", async () => {
      const given = chunk("a", {
        suggestedContinuation: "go on",
        currentTask: "task",
        threadTitle: "title",
        extractedValues: { x: [1] },
        extractionFailures: [{ slug: "s", error: "e" }],
      });
      const { store, id } = await started(given);
      await store.updateBufferedObservations({ id, chunk: chunk("b"), lastBufferedAtTime: at(7) });
      const record = await current(store);
      expect(record.bufferedObservationChunks).toEqual([
        { ...given, id: expect.stringMatching(/^ombuf-[0-9a-f-]{36}$/), createdAt: expect.any(Date) },
        { ...chunk("b"), id: expect.any(String), createdAt: expect.any(Date) },
      ]);
      expect(record.lastBufferedAtTime).toEqual(at(7));
      expect(record.activeObservations).toBe("");
    });

    test("the same cycle again changes nothing at all", async () => {
      const { store, id } = await started(chunk("a"));
      const before = await current(store);
      context.clock?.advance(5);
      await store.updateBufferedObservations({
        id,
        chunk: chunk("a", { observations: "other" }),
        lastBufferedAtTime: at(9),
      });
      expect(await current(store)).toEqual(before);
    });

    test("parallel appends of different cycles all survive", async () => {
      const { store, id } = await started();
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.updateBufferedObservations({ id, chunk: chunk(`c${index % 10}`) }),
        ),
      );
      expect((await cycles(store)).sort()).toEqual(Array.from({ length: 10 }, (_, index) => `c${index}`));
    });

    test("odd chunks are refused", async () => {
      const { store, id } = await started();
      for (const bad of [
        undefined,
        null,
        [],
        chunk(""),
        chunk("a", { tokenCount: Number.NaN }),
        chunk("a", { lastObservedAt: "x" as never }),
      ]) {
        await expect(store.updateBufferedObservations({ id, chunk: bad as never })).rejects.toMatchObject(
          refusal("INVALID_INPUT", 400),
        );
      }
      expect(await cycles(store)).toEqual([]);
    });
  });

  describe("activation", () => {
    test("of nothing is an all-zero answer and no write", async () => {
      const { store, id } = await started();
      const before = await current(store);
      context.clock?.advance(5);
      expect(await store.swapBufferedToActive({ id, ...all })).toEqual({
        chunksActivated: 0,
        messageTokensActivated: 0,
        observationTokensActivated: 0,
        messagesActivated: 0,
        activatedCycleIds: [],
        activatedMessageIds: [],
      });
      expect(await current(store)).toEqual(before);
    });

    test("joins texts, sums tokens and keeps the rest", async () => {
      const { store, id } = await started(
        chunk("a", { suggestedContinuation: "not this" }),
        chunk("b", { currentTask: "this", messageTokens: 500, lastObservedAt: at(8) }),
        chunk("c"),
      );
      await store.setPendingMessageTokens(id, 5000);
      await store.setBufferingObservationFlag(id, true, 77);
      const result = await store.swapBufferedToActive({
        id,
        activationRatio: 0.5,
        messageTokensThreshold: 4000,
        currentPendingTokens: 3500,
      });
      expect(result).toEqual({
        chunksActivated: 2,
        messageTokensActivated: 1500,
        observationTokensActivated: 20,
        messagesActivated: 4,
        activatedCycleIds: ["a", "b"],
        activatedMessageIds: ["a-1", "a-2", "b-1", "b-2"],
        observations: "* of a\n\n* of b",
        perChunk: [
          { cycleId: "a", messageTokens: 1000, observationTokens: 10, messageCount: 2, observations: "* of a" },
          { cycleId: "b", messageTokens: 500, observationTokens: 10, messageCount: 2, observations: "* of b" },
        ],
        currentTask: "this",
      });
      expect(await current(store)).toMatchObject({
        activeObservations: "* of a\n\n* of b",
        observationTokenCount: 20,
        pendingMessageTokens: 3500,
        lastObservedAt: at(8),
        totalTokensObserved: 0,
        isBufferingObservation: true,
        lastBufferedAtTokens: 77,
        lastBufferedAtTime: null,
      });
      expect((await current(store)).observedMessageIds).toBeUndefined();
      expect(await cycles(store)).toEqual(["c"]);
      await store.swapBufferedToActive({ id, ...all, lastObservedAt: at(20) });
      const record = await current(store);
      expect(record.activeObservations).toBe(
        `* of a\n\n* of b\n\n--- message boundary (${at(20).toISOString()}) ---\n\n* of c`,
      );
      expect(record.bufferedObservationChunks).toBeUndefined();
      expect(record.lastObservedAt).toEqual(at(20));
      expect(record.observationTokenCount).toBe(30);
    });

    test("pending tokens do not fall below nothing", async () => {
      const { store, id } = await started(chunk("a"));
      await store.setPendingMessageTokens(id, 10);
      await store.swapBufferedToActive({ id, ...all });
      expect((await current(store)).pendingMessageTokens).toBe(0);
    });

    test("the caller's chunks tell fresher tokens and nothing else", async () => {
      const { store, id } = await started(
        chunk("a", { messageTokens: 100 }),
        chunk("b", { messageTokens: 100 }),
        chunk("c"),
      );
      const [a] = (await current(store)).bufferedObservationChunks ?? [];
      const result = await store.swapBufferedToActive({
        id,
        activationRatio: 1,
        messageTokensThreshold: 1000,
        currentPendingTokens: 2000,
        bufferedChunks: [
          { ...a, observations: "forged", messageTokens: 1500 } as never,
          { cycleId: "b", messageTokens: 500, id: "unknown" } as never,
          { cycleId: "made up", messageTokens: 9999 } as never,
        ],
      });
      expect(result).toMatchObject({
        chunksActivated: 2,
        messageTokensActivated: 2000,
        observations: "* of a\n\n* of b",
      });
      expect(await cycles(store)).toEqual(["c"]);
    });

    test("of two at once the second takes what is left", async () => {
      const { store, id } = await started(chunk("a"), chunk("b"), chunk("c"));
      const target = { id, activationRatio: 0.5, messageTokensThreshold: 2000, currentPendingTokens: 2000 };
      const results = await Promise.all(Array.from({ length: 5 }, () => store.swapBufferedToActive(target)));
      expect(results.flatMap(({ activatedCycleIds }) => activatedCycleIds).sort()).toEqual(["a", "b", "c"]);
      expect((await current(store)).observationTokenCount).toBe(30);
    });

    test("beside appends: every chunk is either in force or buffered", async () => {
      const { store, id } = await started(chunk("a0"));
      const outcomes = await Promise.all([
        ...Array.from({ length: 10 }, (_, index) =>
          store.updateBufferedObservations({ id, chunk: chunk(`a${index}`) }),
        ),
        ...Array.from({ length: 5 }, () => store.swapBufferedToActive({ id, ...all })),
      ]);
      const activated = outcomes.flatMap((outcome) => (outcome ? outcome.activatedCycleIds : []));
      const left = await cycles(store);
      expect(new Set([...activated, ...left])).toEqual(new Set(Array.from({ length: 10 }, (_, index) => `a${index}`)));
    });

    test.each<
      [
        name: string,
        tokens: number[],
        ratio: number,
        threshold: number,
        pending: number,
        force: boolean,
        expected: number,
      ]
    >([
      ["reaches the target exactly", [500, 500, 500], 0.8, 5000, 2000, false, 2],
      ["a little past it", [600, 600, 600], 0.8, 10_000, 3000, false, 2],
      ["too far past it: from below", [100, 2500], 0.8, 5000, 3000, false, 1],
      ["too far past it, forced", [100, 3900], 0.8, 5000, 5000, true, 2],
      ["leaves too little: from below", [100, 2400], 0.8, 5000, 2600, true, 1],
      ["nothing below: the first that reaches it", [9000], 0.8, 5000, 3000, false, 1],
      ["cannot be reached: the most from below", [100, 100, 100], 0.5, 5000, 9000, false, 3],
      ["chunks without tokens: one", [0, 0], 0.5, 5000, 9000, false, 1],
      ["nothing pending: one", [100, 100], 0.5, 5000, 0, false, 1],
      ["all of it", [100, 100, 100], 1, 5000, 250, false, 2],
      ["below, smallest on ties", [100, 0, 0, 9000], 0.8, 5000, 3000, false, 1],
    ])(
      "%s",
      async (_name, tokens, activationRatio, messageTokensThreshold, currentPendingTokens, forceMaxActivation, expected) => {
        const { store, id } = await started(
          ...tokens.map((messageTokens, index) => chunk(`c${index}`, { messageTokens })),
        );
        const result = await store.swapBufferedToActive({
          id,
          activationRatio,
          messageTokensThreshold,
          currentPendingTokens,
          forceMaxActivation,
        });
        expect(result.chunksActivated).toBe(expected);
      },
    );

    test("any numbers: as the rule says", async () => {
      const { store, id } = await started();
      const amount = fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.constantFrom(0, 1000));
      let cycle = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(amount, { minLength: 1, maxLength: 5 }),
          fc.constantFrom(0, 0.25, 0.5, 0.8, 1),
          amount,
          fc.integer({ min: 0, max: 9000 }),
          fc.boolean(),
          async (tokens, activationRatio, messageTokensThreshold, currentPendingTokens, forceMaxActivation) => {
            for (const messageTokens of tokens) {
              await store.updateBufferedObservations({ id, chunk: chunk(`x${cycle++}`, { messageTokens }) });
            }
            const target = { activationRatio, messageTokensThreshold, currentPendingTokens, forceMaxActivation };
            const { chunksActivated } = await store.swapBufferedToActive({ id, ...target });
            expect(chunksActivated).toBe(rule(tokens, target));
            while ((await store.swapBufferedToActive({ id, ...all })).chunksActivated > 0);
          },
        ),
        { numRuns: context.runs(100) },
      );
    });
  });

  describe("buffered reflections", () => {
    const prepare = async (observations: string) => {
      const { store, id } = await started();
      await store.updateActiveObservations({ id, observations, tokenCount: 50, lastObservedAt: at(1) });
      return { store, id };
    };
    const buffer = (store: MemoryStorage, id: string, reflection: string, reflectedObservationLineCount: number) =>
      store.updateBufferedReflection({
        id,
        reflection,
        tokenCount: 5.4,
        inputTokenCount: 9,
        reflectedObservationLineCount,
      });

    test("are appended, with sums and the latest line count", async () => {
      const { store, id } = await prepare("1\n2\n3");
      await buffer(store, id, "first", 1);
      expect(await current(store)).toMatchObject({
        bufferedReflection: "first",
        bufferedReflectionTokens: 5,
        bufferedReflectionInputTokens: 9,
        reflectedObservationLineCount: 1,
      });
      await buffer(store, id, "second", 2);
      expect(await current(store)).toMatchObject({
        bufferedReflection: "first\n\nsecond",
        bufferedReflectionTokens: 10,
        bufferedReflectionInputTokens: 18,
        reflectedObservationLineCount: 2,
        activeObservations: "1\n2\n3",
      });
    });

    test.each([
      [1, "R\n\n2\n3"],
      [2, "R\n\n3"],
      [3, "R"],
      [9, "R"],
      [0, "R\n\n1\n2\n3"],
    ])("put in force over %d lines", async (lines, expected) => {
      const { store, id } = await prepare("1\n2\n3\n ");
      await buffer(store, id, "R", lines);
      const stale = { ...(await current(store)), activeObservations: "stale", bufferedReflection: "stale" };
      await store.setReflectingFlag(id, true);
      const next = await store.swapBufferedReflectionToActive({ currentRecord: stale, tokenCount: 7.6 });
      expect(next).toMatchObject({
        activeObservations: expected,
        observationTokenCount: 8,
        generationCount: 1,
        originType: "reflection",
        totalTokensObserved: 50,
        lastObservedAt: at(1),
      });
      const [newest, old] = await store.getObservationalMemoryHistory("t", "alice");
      expect(newest).toEqual(next);
      expect(old).toMatchObject({ id, activeObservations: "1\n2\n3\n ", isReflecting: true });
      for (const member of [
        "bufferedReflection",
        "bufferedReflectionTokens",
        "bufferedReflectionInputTokens",
        "reflectedObservationLineCount",
      ]) {
        expect(old?.[member as keyof typeof old]).toBeUndefined();
      }
    });

    test("that are not there cannot be put in force; of two at once one does it", async () => {
      const { store, id } = await prepare("1");
      const before = await current(store);
      const nothing = refusal("NO_CONTENT", 409, "No buffered reflection to swap");
      await expect(
        store.swapBufferedReflectionToActive({ currentRecord: before, tokenCount: 1 }),
      ).rejects.toMatchObject(nothing);
      await buffer(store, id, "R", 1);
      const currentRecord = await current(store);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 4 }, () => store.swapBufferedReflectionToActive({ currentRecord, tokenCount: 1 })),
      );
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toMatchObject(nothing);
      expect(await store.getObservationalMemoryHistory("t", "alice")).toHaveLength(2);
    });
  });
}

interface Target {
  activationRatio: number;
  messageTokensThreshold: number;
  currentPendingTokens: number;
  forceMaxActivation: boolean;
}

/** The number of chunks, read off the specification line by line. */
function rule(tokens: readonly number[], target: Target): number {
  const { currentPendingTokens: pending } = target;
  const floor = target.messageTokensThreshold * (1 - target.activationRatio);
  const wanted = Math.max(0, pending - floor);
  const minLeft = Math.min(1000, floor);
  const sum = (k: number) => tokens.slice(0, k).reduce((a, b) => a + b, 0);
  const left = (k: number) => pending - sum(k);
  const counts = tokens.map((_, index) => index + 1);
  const over = counts.find((k) => sum(k) >= wanted);
  const below = counts.filter((k) => sum(k) > 0 && sum(k) < wanted);
  const greatest = Math.max(...below.map(sum));
  const under = below.find((k) => sum(k) === greatest);
  if (over && target.forceMaxActivation && left(over) >= minLeft) return over;
  if (over && sum(over) - wanted <= 0.95 * floor && left(over) >= minLeft) return over;
  if (under && left(under) >= minLeft) return under;
  return over ?? 1;
}
