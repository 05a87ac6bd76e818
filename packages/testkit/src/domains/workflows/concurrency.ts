import type { WorkflowsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd, fdIf } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { interrupted, slowly, withoutSnapshots } from "../wraps.ts";
import { key, largeSuccess, manySteps, open, snapshot, success } from "./runs.ts";

const range = (length: number) => Array.from({ length }, (_, n) => n);

export function concurrencySuite(context: DomainContext): void {
  /** Stores on one database: several processes where that can be had, else one. */
  const stores = async (count: number): Promise<WorkflowsStorage[]> => {
    const storage = await context.open();
    const { compareAndSwap } = context.capabilities;
    const others =
      context.canReopen && compareAndSwap ? await Promise.all(range(count - 1).map(() => context.reopen(storage))) : [];
    return Promise.all([storage, ...others].map((one) => one.getStore("workflows") as Promise<WorkflowsStorage>));
  };

  describe("many writers of one run", () => {
    test("supportsConcurrentUpdates says what the engine can do, at once", async () => {
      const storage = await context.open();
      const store = (await storage.getStore("workflows")) as WorkflowsStorage;
      const { compareAndSwap, atomicity } = context.capabilities;
      expect(store.supportsConcurrentUpdates()).toBe(compareAndSwap && atomicity !== "process");
      await storage.init();
      expect(store.supportsConcurrentUpdates()).toBe(compareAndSwap && atomicity !== "process");
    });

    for (const [title, exists] of [
      ["FD-009", true],
      ["FD-013", false],
    ] as const) {
      fd(
        title,
        `all results of parallel steps are kept when the run ${exists ? "is there" : "is not there yet"}`,
        async () => {
          const writers = await stores(3);
          const [first] = writers;
          if (exists)
            await first?.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(10, 600) }) });
          const answers = await Promise.all(
            range(30).map((n) =>
              writers[n % writers.length]?.updateWorkflowResults({
                ...key,
                stepId: `p${n}`,
                result: n % 2 ? largeSuccess(n) : success(n),
                requestContext: { [`k${n}`]: n },
              }),
            ),
          );
          for (const [n, answer] of answers.entries())
            expect(answer?.[`p${n}`]).toEqual(n % 2 ? largeSuccess(n) : success(n));
          for (const store of writers) {
            const found = await store.loadWorkflowSnapshot(key);
            expect(Object.keys(found?.context ?? {}).filter((id) => id.startsWith("p"))).toHaveLength(30);
            expect(Object.keys(found?.requestContext ?? {})).toHaveLength(30);
          }
        },
      );
    }

    fd("FD-006", "every slot of a for-each step is kept, from several processes", async () => {
      const writers = await stores(3);
      await Promise.all(
        range(24).map((slot) => {
          const output: unknown[] = new Array(24).fill(null);
          output[slot] = success(slot);
          return writers[slot % writers.length]?.updateWorkflowResults({ ...key, stepId: "each", result: { output } });
        }),
      );
      const found = await writers[0]?.loadWorkflowSnapshot(key);
      expect(found?.context.each.output).toEqual(range(24).map((slot) => success(slot)));
    });

    test("results and a change of state are both there", async () => {
      const writers = await stores(2);
      const [here, there = here] = writers;
      await here?.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(10, 600) }) });
      await Promise.all([
        ...range(10).map((n) => here?.updateWorkflowResults({ ...key, stepId: `p${n}`, result: success(n) })),
        there?.updateWorkflowState({ ...key, opts: { status: "waiting", result: { done: true } } }),
      ]);
      const found = await there?.loadWorkflowSnapshot(key);
      expect(found).toMatchObject({ status: "waiting", result: { done: true } });
      expect(Object.keys(found?.context ?? {})).toHaveLength(20);
    });

    fdIf(context.canReopen && context.capabilities.compareAndSwap)(
      "FD-008",
      "of resumes in several processes one wins",
      async () => {
        const writers = await stores(4);
        await writers[0]?.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ status: "suspended" }) });
        const answers = await Promise.all(
          range(50).map((n) =>
            writers[n % writers.length]?.updateWorkflowState({
              ...key,
              opts: { status: "running", expectedStatus: "suspended" },
            }),
          ),
        );
        expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
      },
    );

    test("calls in one process keep their order", async () => {
      const store = await open(context);
      const calls = range(12).map((n) =>
        n % 3 === 0
          ? store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: { base: n } }) })
          : store.updateWorkflowResults({ ...key, stepId: `s${n}`, result: n }),
      );
      const answers = await Promise.all(calls);
      expect(answers[11]).toEqual({ base: 9, s10: 10, s11: 11 });
      expect(answers[4]).toEqual({ base: 3, s4: 4 });
      const last = store.deleteWorkflowRunById(key);
      const after = store.updateWorkflowResults({ ...key, stepId: "after", result: 1 });
      await last;
      expect(await after).toEqual({ after: 1 });
    });

    test("one caller's error is its own", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: { status: "running" } as never });
      const settled = await Promise.allSettled([
        store.updateWorkflowResults({ ...key, stepId: "a", result: 1 }),
        store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: {} }) }),
        store.updateWorkflowResults({ ...key, stepId: "b", result: 2 }),
      ]);
      expect(settled.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
      expect((await store.loadWorkflowSnapshot(key))?.context).toEqual({ b: 2 });
    });

    test.runIf(context.canReopen && context.capabilities.compareAndSwap)(
      "what a reader knew before never stands in for what changed and went while it read",
      async () => {
        const storage = await context.open();
        const writer = (await storage.getStore("workflows")) as WorkflowsStorage;
        const state = (mark: string, count: number) =>
          snapshot({
            context: Object.fromEntries(range(count).map((n) => [`s${n}`, success(mark.repeat(1200))])),
          });
        const next = state("b", 12);
        const { s8: _gone, ...without } = next.context;
        const changes: readonly [() => Promise<unknown>, unknown][] = [
          [
            () => writer.updateWorkflowResults({ ...key, stepId: "s8", result: undefined }),
            { ...next, context: without },
          ],
          [() => writer.deleteWorkflowRunById(key), null],
          [() => writer.persistWorkflowSnapshot({ ...key, snapshot: state("c", 9) }), state("c", 9)],
        ];
        for (const [change, after] of changes) {
          const hook: { run?: (() => Promise<unknown>) | undefined } = {};
          const other = await context.reopen(storage, { wrap: interrupted(hook) });
          const reader = (await other.getStore("workflows")) as WorkflowsStorage;
          await writer.persistWorkflowSnapshot({ ...key, snapshot: state("a", 10) });
          expect(await reader.loadWorkflowSnapshot(key)).toEqual(state("a", 10));
          await writer.persistWorkflowSnapshot({ ...key, snapshot: next });
          hook.run = change;
          const found = await reader.loadWorkflowSnapshot(key);
          expect(hook.run).toBeUndefined();
          expect([next, after]).toContainEqual(found);
          expect(await reader.loadWorkflowSnapshot(key)).toEqual(after);
        }
      },
    );

    test("a reader sees a change wholly or not at all", async () => {
      const storage = await context.open({ wrap: slowly });
      const writer = (await storage.getStore("workflows")) as WorkflowsStorage;
      const isApart = context.canReopen && context.capabilities.compareAndSwap;
      const other = isApart ? await context.reopen(storage, { wrap: withoutSnapshots }) : storage;
      const reader = (await other.getStore("workflows")) as WorkflowsStorage;
      const states = [manySteps(12, 500), manySteps(6, 900), {}, manySteps(3, 50), manySteps(10, 700)].map(
        (entries, n) =>
          snapshot({
            value: { n },
            context: Object.fromEntries(Object.entries(entries).map(([id, entry]) => [id, { n, entry }])),
          }),
      );
      let seen = 0;
      const check = (found: Awaited<ReturnType<WorkflowsStorage["loadWorkflowSnapshot"]>>) => {
        if (!found) return;
        seen++;
        expect(found).toEqual(states[found.value.n as number]);
      };
      let isWriting = true;
      const writing = (async () => {
        for (let round = 0; round < 80; round++) {
          await writer.persistWorkflowSnapshot({ ...key, snapshot: states[round % states.length] as never });
          if (round % 9 === 8) await writer.deleteWorkflowRunById(key);
          for (let turn = 0; turn < round % 12; turn++) await new Promise((resolve) => setImmediate(resolve));
        }
        isWriting = false;
      })();
      while (isWriting) {
        check(await reader.loadWorkflowSnapshot(key));
        for (const run of (await reader.listWorkflowRuns()).runs) check(run.snapshot);
      }
      await writing;
      expect(seen).toBeGreaterThan(3);
      expect(await reader.loadWorkflowSnapshot(key)).toEqual(states[79 % states.length]);
    });
  });
}
