import { evalToScore, type GetEvalsInput } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { awkwardTexts } from "../../awkward.ts";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { withAtomicLimit } from "../wraps.ts";
import { evalInput, open } from "./rows.ts";

export function evalsSuite(context: DomainContext): void {
  describe("evals of older releases", () => {
    test("an eval comes back as it was saved", async () => {
      const store = await open(context);
      const createdAt = new Date(Date.UTC(2025, 0, 2, 3, 4, 5, 678));
      const result = { score: 1, info: { reason: "x", list: [] }, details: { a: null }, other: "10.5" };
      const saved = await store.saveEval(
        evalInput({ result, testInfo: { testName: "n", testPath: "p", more: 1 }, createdAt }),
      );
      expect(saved.eval).toEqual({
        ...evalInput({ result }),
        id: expect.any(String),
        testInfo: { testName: "n", testPath: "p", more: 1 },
        createdAt,
      });
      expect((await store.getEvals()).evals).toEqual([saved.eval]);
      const { eval: bare } = await store.saveEval(evalInput({ testInfo: null }));
      expect(bare).toMatchObject({
        testInfo: {},
        createdAt: context.clock ? new Date(context.clock.now()) : expect.any(Date),
      });
      for (const text of awkwardTexts) {
        const given = evalInput({
          input: text,
          output: text,
          agentName: text,
          metricName: text,
          instructions: text,
          globalRunId: text,
          runId: text,
        });
        const { eval: row } = await store.saveEval(given);
        expect(row).toMatchObject(given);
        expect(await store.getEvalsByAgentName(text)).toEqual([row]);
        expect((await store.getEvals({ runId: text, globalRunId: text, metricName: text })).evals).toEqual([row]);
      }
    });

    fd("FD-036", "several evals of one run stand side by side", async () => {
      const store = await open(context);
      await store.batchSaveEvals({ evals: ["a", "b", "c"].map((metricName) => evalInput({ metricName })) });
      const { evals, total } = await store.getEvals({ runId: "run" });
      expect(total).toBe(3);
      expect(new Set(evals.map(({ metricName }) => metricName))).toEqual(new Set(["a", "b", "c"]));
    });

    test("a repeated id replaces the eval and keeps its time", async () => {
      const store = await open(context);
      const first = (await store.saveEval(evalInput({ id: "one" }))).eval;
      context.clock?.advance(1000);
      const again = (await store.saveEval(evalInput({ id: "one", output: "new" }))).eval;
      expect(again).toEqual({ ...first, output: "new" });
      const dated = (await store.saveEval(evalInput({ id: "one", createdAt: new Date(5) }))).eval;
      expect(dated.createdAt).toEqual(new Date(5));
      expect((await store.getEvals()).evals).toEqual([dated]);
    });

    test("batches of any size; of one id the last counts; none is a no-op", async () => {
      const store = await open(context, { wrap: withAtomicLimit(24) });
      expect(await store.batchSaveEvals({ evals: [] })).toEqual({ evals: [] });
      const inputs = Array.from({ length: 60 }, (_, n) => evalInput({ id: `e${n % 50}`, output: `${n}` }));
      const { evals } = await store.batchSaveEvals({ evals: inputs });
      expect(evals.map(({ id }) => id)).toEqual(inputs.map(({ id }) => id));
      const found = (await store.getEvals({ perPage: false })).evals;
      expect(found).toHaveLength(50);
      for (const row of found) expect(Number(row.output) >= 10).toBe(true);
      for (const row of evals) expect(found).toContainEqual(row);
    });

    test("conditions, all together", async () => {
      const store = await open(context);
      const at = (ms: number) => new Date(ms);
      const rows = [
        evalInput({ id: "1", createdAt: at(1), testInfo: { testPath: "a.test.ts" } }),
        evalInput({ id: "2", createdAt: at(2), metricName: "fact", testInfo: { testPath: "" } }),
        evalInput({ id: "3", createdAt: at(3), agentName: "b", globalRunId: "g", testInfo: { testName: "n" } }),
        evalInput({ id: "4", createdAt: at(3), agentName: "b", runId: "r", testInfo: { testPath: "b" } }),
        evalInput({ id: "5", createdAt: at(4), testInfo: { testPath: null as never } }),
      ];
      await store.batchSaveEvals({ evals: rows });
      const cases: [GetEvalsInput, string[]][] = [
        [{}, ["5", "4", "3", "2", "1"]],
        [{ agentName: "b" }, ["4", "3"]],
        [{ agentName: "B" }, []],
        [{ agentName: "" }, []],
        [{ metricName: "fact" }, ["2"]],
        [{ runId: "r" }, ["4"]],
        [{ globalRunId: "g" }, ["3"]],
        [{ globalRunId: "suite", agentName: "agent" }, ["5", "2", "1"]],
        [{ type: "test" }, ["4", "1"]],
        [{ type: "live" }, ["5", "3", "2"]],
        [{ type: "live", agentName: "b" }, ["3"]],
        [{ dateRange: { start: at(2), end: at(3) } }, ["4", "3", "2"]],
        [{ dateRange: { start: at(2), end: at(3), startExclusive: true } }, ["4", "3"]],
        [{ dateRange: { start: at(2), end: at(3), endExclusive: true } }, ["2"]],
        [{ dateRange: {} }, ["5", "4", "3", "2", "1"]],
        [{ dateRange: { start: at(5), end: at(2) } }, []],
      ];
      for (const [input, expected] of cases) {
        const { evals, total } = await store.getEvals(input);
        expect(
          evals.map(({ id }) => id),
          JSON.stringify(input),
        ).toEqual(expected);
        expect(total).toBe(expected.length);
      }
      expect((await store.getEvalsByAgentName("b", "test")).map(({ id }) => id)).toEqual(["4"]);
      expect(await store.getEvals({ page: 1, perPage: 2 })).toMatchObject({
        total: 5,
        page: 1,
        perPage: 2,
        hasMore: true,
        evals: [{ id: "3" }, { id: "2" }],
      });
      for (const input of [
        { page: -1 },
        { perPage: -1 },
        { agentName: {} },
        { type: "both" },
        { dateRange: { start: "soon" } },
      ]) {
        await expect(store.getEvals(input as never)).rejects.toMatchObject({ category: "USER" });
      }
    });

    test("a missing or mistyped property is refused", async () => {
      const store = await open(context);
      for (const change of [
        { input: undefined },
        { output: 5 },
        { result: "text" },
        { result: null },
        { agentName: null },
        { testInfo: "x" },
        { id: "" },
        { id: "a\0" },
        { runId: undefined },
      ]) {
        await expect(
          store.saveEval({ ...evalInput(), ...change } as never),
          JSON.stringify(change),
        ).rejects.toMatchObject({
          category: "USER",
          details: { status: 400 },
        });
      }
      const evals = [evalInput(), { ...evalInput(), output: 5 as never }];
      await expect(store.batchSaveEvals({ evals })).rejects.toMatchObject({ category: "USER" });
      expect((await store.getEvals()).total).toBe(0);
    });

    test("an eval can be said as a score", async () => {
      const store = await open(context);
      const { eval: row } = await store.saveEval(evalInput({ id: "e", testInfo: { testPath: "p" } }));
      const { score } = await store.saveScore(evalToScore(row));
      expect(score).toMatchObject({
        id: "e",
        scorerId: "tone",
        entityId: "agent",
        entityType: "AGENT",
        score: 0.5,
        reason: "because",
        runId: "run",
        batchId: "suite",
        source: "TEST",
        createdAt: row.createdAt,
      });
    });
  });
}
