import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { key, open, snapshot } from "./runs.ts";

const pending = { __mastra_pending__: true };
const done = (value: unknown) => ({ status: "success", output: value });
const suspended = { status: "suspended", suspendPayload: { why: "wait" } };

/** Stored entry, new result, entry that must come out. */
const cases: readonly (readonly [title: string, stored: unknown, given: unknown, merged: unknown])[] = [
  ["no stored entry", undefined, { output: [null, 1] }, { output: [null, 1] }],
  ["a plain result replaces", { output: 1, a: 1 }, { output: 2, b: 2 }, { output: 2, b: 2 }],
  ["an array over a plain one replaces", { output: 1 }, { output: [1] }, { output: [1] }],
  ["a plain one over an array replaces", { output: [1] }, { output: 1 }, { output: 1 }],
  ["a scalar entry is replaced", "text", { output: [1] }, { output: [1] }],
  ["a scalar result replaces", { output: [1] }, null, null],
  ["an array of results is no object with output", [{ output: [1] }], [{ output: [2] }], [{ output: [2] }]],
  ["null keeps what is there", { output: [1, 2] }, { output: [null, 3] }, { output: [1, 3] }],
  ["null where nothing is", { output: [1] }, { output: [null, null, 3] }, { output: [1, null, 3] }],
  ["a shorter array keeps the tail", { output: [1, 2, 3] }, { output: [9] }, { output: [9, 2, 3] }],
  [
    "members are overlaid",
    { output: [1], a: 1, b: 1 },
    { output: [null], b: 2, c: 3 },
    { output: [1], a: 1, b: 2, c: 3 },
  ],
  ["falsy values are values", { output: [1, 1, 1] }, { output: [0, false, ""] }, { output: [0, false, ""] }],
  ["a marker clears an open slot", { output: [null] }, { output: [pending] }, { output: [null] }],
  ["a marker clears a suspended slot", { output: [suspended, 1] }, { output: [pending] }, { output: [null, 1] }],
  [
    "a marker clears a slot suspended without payload",
    { output: [{ status: "suspended", suspendedAt: 5 }] },
    { output: [pending] },
    { output: [null] },
  ],
  [
    "a slot that only says suspended is a finished one",
    { output: [{ status: "suspended" }] },
    { output: [pending] },
    { output: [{ status: "suspended" }] },
  ],
  ["a marker keeps a finished slot", { output: [done(1)] }, { output: [pending] }, { output: [done(1)] }],
  ["a marker clears a stored marker", { output: [pending] }, { output: [pending] }, { output: [null] }],
  ["a marker beyond the end is null", { output: [] }, { output: [pending] }, { output: [null] }],
  [
    "with a marker only the array is replaced, and no other slot is taken",
    { output: [done(1), suspended, null], status: "suspended" },
    { output: [done(9), pending, done(3)], status: "running", extra: 1 },
    { output: [done(1), null, null], status: "suspended" },
  ],
  [
    "an object with more than the mark is a value",
    { output: [1] },
    { output: [{ ...pending, more: 1 }] },
    { output: [{ ...pending, more: 1 }] },
  ],
  [
    "the mark must be true",
    { output: [1] },
    { output: [{ __mastra_pending__: false }] },
    { output: [{ __mastra_pending__: false }] },
  ],
];

export function mergeSuite(context: DomainContext): void {
  describe("results of one for-each step", () => {
    test.each(cases)("%s", async (_title, stored, given, merged) => {
      for (const pad of [10, 12_000]) {
        const store = await open(context);
        const rest = { pad: "p".repeat(pad) };
        const entries = stored === undefined ? rest : { ...rest, each: stored };
        await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: entries }) });
        const answer = await store.updateWorkflowResults({ ...key, stepId: "each", result: given });
        expect(answer).toEqual({ ...rest, each: merged });
        expect((await store.loadWorkflowSnapshot(key))?.context).toEqual({ ...rest, each: merged });
      }
    });

    fd(
      "FD-006",
      "writes to different slots commute",
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
            fc.boolean(),
            async (order, atOnce) => {
              const store = await open(context);
              const write = (slot: number) => {
                const output: unknown[] = new Array(6).fill(null);
                output[slot] = done(slot);
                return store.updateWorkflowResults({ ...key, stepId: "each", result: { status: "running", output } });
              };
              if (atOnce) await Promise.all(order.map(write));
              else for (const slot of order) await write(slot);
              const entry = (await store.loadWorkflowSnapshot(key))?.context.each;
              expect(entry.output).toEqual([0, 1, 2, 3, 4, 5].map(done));
            },
          ),
          { numRuns: context.runs(8) },
        );
      },
      120_000,
    );

    fd("FD-007", "branches that had succeeded stay so when another is suspended or started again", async () => {
      const store = await open(context);
      await store.updateWorkflowResults({ ...key, stepId: "each", result: { output: [done(0), null, null] } });
      await store.updateWorkflowResults({ ...key, stepId: "each", result: { output: [null, suspended, null] } });
      await store.updateWorkflowResults({ ...key, stepId: "each", result: { output: [pending, pending, pending] } });
      const answer = await store.updateWorkflowResults({
        ...key,
        stepId: "each",
        result: { output: [null, null, done(2)] },
      });
      expect(answer.each).toEqual({ output: [done(0), null, done(2)] });
    });
  });
}
