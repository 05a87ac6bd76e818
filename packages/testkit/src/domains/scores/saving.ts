import type { SaveScorePayload } from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText, jsonValue } from "../../arbitraries.ts";
import { awkwardFloats, awkwardKeys, awkwardTexts } from "../../awkward.ts";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { watching } from "../wraps.ts";
import { open, payload } from "./rows.ts";

const object = { nested: [1, { a: null }], text: "null", "a.b": { $c: [] } };
const full = (changes: Partial<SaveScorePayload> = {}): SaveScorePayload =>
  payload({
    output: [1, "2", null],
    entityType: "SOMETHING NEW",
    input: { question: "?" },
    additionalContext: object,
    requestContext: object,
    metadata: object,
    preprocessStepResult: object,
    extractStepResult: object,
    analyzeStepResult: object,
    preprocessPrompt: "a",
    extractPrompt: "b",
    analyzePrompt: "c",
    reasonPrompt: "d",
    generateScorePrompt: "e",
    generateReasonPrompt: "f",
    reason: "g",
    structuredOutput: false,
    traceId: "t",
    spanId: "s",
    resourceId: "r",
    threadId: "th",
    organizationId: "o",
    projectId: "p",
    batchId: "b",
    datasetId: "d",
    datasetItemId: "i",
    ...changes,
  });
const texts = Object.keys(full()).filter((name) => typeof full()[name as "reason"] === "string" && name !== "source");

export function savingSuite(context: DomainContext): void {
  const now = () => (context.clock ? new Date(context.clock.now()) : expect.any(Date));

  describe("saving scores", () => {
    test("every property comes back, and nothing else", async () => {
      const store = await open(context);
      const { score } = await store.saveScore({ ...full(), unknown: 1, seq: 5 } as never);
      expect(score).toEqual({ ...full(), id: expect.any(String), createdAt: now(), updatedAt: now() });
      expect(await store.getScoreById({ id: score.id })).toEqual(score);
    });

    test("what is absent or null is absent, but the output is there", async () => {
      const store = await open(context);
      const nothing = Object.fromEntries(Object.keys(full()).map((name) => [name, null]));
      for (const given of [payload(), { ...nothing, ...payload() }, { ...payload(), output: undefined }]) {
        const { score } = await store.saveScore(given as never);
        expect(score).toStrictEqual({
          ...payload(),
          output: null,
          id: score.id,
          createdAt: score.createdAt,
          updatedAt: score.updatedAt,
        });
        expect(await store.getScoreById({ id: score.id })).toStrictEqual(score);
      }
    });

    test("falsy and empty values are values", async () => {
      const store = await open(context);
      for (const output of [0, false, "", [], {}, null, "null", "10.5", '{"a":1}']) {
        const { score } = await store.saveScore(
          payload({ output, input: output, metadata: {}, reason: "", entity: {}, runId: "" }),
        );
        expect(score).toMatchObject({ output, metadata: {}, reason: "", entity: {}, runId: "" });
        expect("input" in score).toBe(output !== null);
        expect(await store.getScoreById({ id: score.id })).toEqual(score);
      }
    });

    test("any number is a score", async () => {
      const store = await open(context);
      for (const number of awkwardFloats) {
        const { score } = await store.saveScore(payload({ score: number }));
        expect((await store.getScoreById({ id: score.id }))?.score).toBe(number);
      }
    });

    fd("FD-063", "any text in any property comes back and never fails the write", async () => {
      const store = await open(context);
      for (const text of awkwardTexts) {
        const given = full({
          ...Object.fromEntries(texts.map((name) => [name, text])),
          metadata: { [text.slice(0, 50)]: text },
        });
        const { score } = await store.saveScore(given);
        expect(score).toMatchObject(given);
        expect(await store.getScoreById({ id: score.id })).toEqual(score);
        for (const { scores } of [
          await store.listScoresByRunId({ runId: text }),
          await store.listScoresByScorerId({ scorerId: text, ...(text && { entityId: text, entityType: text }) }),
          await store.listScoresByEntityId({
            entityId: text,
            entityType: text,
            filters: { organizationId: text, projectId: text },
          }),
          await store.listScoresBySpan({ traceId: text, spanId: text }),
        ]) {
          expect(scores).toEqual([score]);
        }
      }
    });

    test("values that JSON lacks are converted", async () => {
      const store = await open(context);
      const loop: Record<string, unknown> = {};
      loop.self = loop;
      const at = new Date(Date.UTC(2026, 0, 1));
      const metadata = { at, big: 5n, nan: Number.NaN, loop, gone: undefined, call: () => 1, list: [undefined] };
      const { score } = await store.saveScore(payload({ metadata, output: at, input: new Error("broken") }));
      expect(score).toMatchObject({
        output: at.toISOString(),
        input: { name: "Error", message: "broken" },
        metadata: { at: at.toISOString(), big: "5", nan: null, loop: { self: "[Circular]" }, list: [null] },
      });
      expect(await store.getScoreById({ id: score.id })).toEqual(score);
    });

    test("any payload comes back as it was", async () => {
      const store = await open(context);
      await fc.assert(
        fc.asyncProperty(
          jsonValue(),
          anyText(),
          fc.dictionary(anyText(), jsonValue()),
          async (output, text, metadata) => {
            const { score } = await store.saveScore(payload({ output, reason: text, metadata }));
            const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
            expect(plain(score)).toMatchObject(plain({ output, reason: text }));
            expect(plain(score.metadata)).toEqual(plain(metadata));
            expect(await store.getScoreById({ id: score.id })).toEqual(score);
          },
        ),
        { numRuns: context.runs(40) },
      );
    });

    test("nothing is shared with the store", async () => {
      const store = await open(context);
      const metadata = { list: [1] };
      const saving = store.saveScore(payload({ metadata }));
      metadata.list.push(2);
      const { score } = await saving;
      expect(score.metadata).toEqual({ list: [1] });
      (score.metadata as typeof metadata).list.push(3);
      expect((await store.getScoreById({ id: score.id }))?.metadata).toEqual({ list: [1] });
    });

    test("without an id each call makes a row, with ids that grow", async () => {
      const store = await open(context);
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.push((await store.saveScore(payload())).score.id);
      expect(new Set(ids).size).toBe(5);
      expect([...ids].sort()).toEqual(ids);
      expect((await store.listScoresByRunId({ runId: "run" })).pagination.total).toBe(5);
    });

    fd("FD-038", "a score saved again with its id is one row with the newest content, at its old place", async () => {
      const store = await open(context);
      const first = (await store.saveScore(full({ id: "mine" }))).score;
      await store.saveScore(payload({ id: "other" }));
      context.clock?.advance(5000);
      const { score } = await store.saveScore(payload({ id: "mine", score: 0.9 }));
      expect(score).toEqual({
        ...payload(),
        id: "mine",
        score: 0.9,
        output: null,
        createdAt: first.createdAt,
        updatedAt: now(),
      });
      expect(await store.getScoreById({ id: "mine" })).toEqual(score);
      const { scores, pagination } = await store.listScoresByRunId({ runId: "run" });
      expect(pagination.total).toBe(2);
      expect(scores.map(({ id }) => id)).toEqual(["other", "mine"]);
      expect((await store.listScoresBySpan({ traceId: "t", spanId: "s" })).scores).toEqual([]);
    });

    test("a usable createdAt counts on the first write only", async () => {
      const store = await open(context);
      const then = new Date(Date.UTC(2020, 1, 2, 3, 4, 5, 678));
      for (const createdAt of [then, then.toISOString(), then.getTime()]) {
        const id = `dated-${typeof createdAt}`;
        const { score } = await store.saveScore(payload({ id, createdAt }));
        expect(score).toMatchObject({ createdAt: then, updatedAt: then });
        expect(await store.getScoreById({ id })).toEqual(score);
        context.clock?.advance(10);
        const again = await store.saveScore(payload({ id, createdAt: new Date(1), score: 1 }));
        expect(again.score).toMatchObject({ createdAt: then, updatedAt: now(), score: 1 });
        expect(await store.getScoreById({ id })).toEqual(again.score);
      }
      for (const createdAt of ["soon", new Date(Number.NaN), null, {}]) {
        const { score } = await store.saveScore({ ...payload(), createdAt, updatedAt: new Date(1) } as never);
        expect(score).toMatchObject({ createdAt: now(), updatedAt: now() });
      }
    });

    test("two saves of one id at once leave one of the two contents", async () => {
      const store = await open(context);
      await Promise.all(
        Array.from({ length: 10 }, (_, n) => store.saveScore(payload({ id: "one", score: n, reason: `${n}` }))),
      );
      const { scores } = await store.listScoresByRunId({ runId: "run" });
      expect(scores).toHaveLength(1);
      expect(scores[0]?.reason).toBe(String(scores[0]?.score));
    });

    test("a missing or mistyped property is refused with the keys, and nothing is written", async () => {
      const store = await open(context);
      const bad: Record<string, unknown>[] = [
        ...["scorerId", "entityId", "runId", "score", "scorer", "source", "entity"].map((name) => ({
          [name]: undefined,
        })),
        ...["scorerId", "entityId", "runId", "source"].map((name) => ({ [name]: 5 })),
        ...texts.map((name) => ({ [name]: {} })),
        ...["scorer", "entity", "metadata", "requestContext", "additionalContext", "preprocessStepResult"].flatMap(
          (name) => [{ [name]: "text" }, { [name]: [] }, { [name]: new Map() }],
        ),
        { score: "0.5" },
        { score: Number.NaN },
        { score: Number.POSITIVE_INFINITY },
        { source: "live" },
        { structuredOutput: "yes" },
        { id: "" },
        { id: 5 },
        { id: "a\0b" },
        { id: "\ud800" },
      ];
      for (const change of bad) {
        const call = store.saveScore({ ...payload(), ...change } as never);
        await expect(call, JSON.stringify(change)).rejects.toMatchObject({
          id: expect.stringMatching(/^STOWAGE_.*_SAVE_SCORE_VALIDATION_FAILED$/),
          category: "USER",
          details: { status: 400, traceId: "", spanId: "" },
        });
      }
      await expect(store.saveScore(null as never)).rejects.toMatchObject({
        details: { scorer: "unknown", entityId: "unknown", entityType: "unknown", traceId: "", spanId: "" },
      });
      await expect(store.saveScore({ ...full(), score: "x" } as never)).rejects.toMatchObject({
        details: { scorer: "relevance", entityId: "agent", entityType: "SOMETHING NEW", traceId: "t", spanId: "s" },
      });
      expect((await store.listScoresByRunId({ runId: "run" })).pagination.total).toBe(0);
    });

    test("one score by its id", async () => {
      const store = await open(context);
      for (const id of awkwardKeys) if (id) await store.saveScore(payload({ id, reason: id }));
      for (const id of awkwardKeys) if (id) expect((await store.getScoreById({ id }))?.reason).toBe(id);
      for (const id of ["", "unknown", "a\0", undefined, null])
        expect(await store.getScoreById({ id: id as never })).toBeNull();
      for (const id of [{ $ne: "" }, ["a"], 5]) {
        await expect(store.getScoreById({ id: id as never })).rejects.toMatchObject({ category: "USER" });
      }
    });

    fd("FD-128", "round trips are bounded", async () => {
      const { calls, wrap } = watching();
      const store = await open(context, { wrap });
      await store.getScoreById({ id: "warm" });
      const cost = async (call: () => Promise<unknown>) => {
        calls.clear();
        await call();
        return calls.count();
      };
      expect(await cost(() => store.saveScore(payload()))).toBe(1);
      expect(await cost(() => store.saveScore(payload({ id: "a" })))).toBe(1);
      expect(await cost(() => store.saveScore(payload({ id: "a" })))).toBe(2);
      expect(await cost(() => store.getScoreById({ id: "a" }))).toBe(1);
      expect(await cost(() => store.listScoresByRunId({ runId: "run" }))).toBe(1);
    });
  });
}
