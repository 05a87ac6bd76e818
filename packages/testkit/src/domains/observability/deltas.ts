import type { ObservabilityStorage } from "@stowage/core";
import { type Engine, isStorageError } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { beforeEach, describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, root } from "./spans.ts";

type Row = Record<string, unknown>;
interface Answer {
  readonly rows: Row[];
  readonly delta?: { limit: number; hasMore: boolean };
  readonly deltaCursor?: string;
}

/** A list that can be polled. `write` makes or remakes the record of an id; `id` names the one in a row. */
interface Polled {
  readonly name: string;
  write(store: ObservabilityStorage, ids: readonly string[], extra?: Row): Promise<void>;
  id(row: Row): string;
  list(store: ObservabilityStorage, args?: object): Promise<Answer>;
}

const polled = (
  name: string,
  [method, rows]: [keyof ObservabilityStorage, string],
  id: string,
  write: Polled["write"],
): Polled => ({
  name,
  write,
  id: (row) => row[id] as string,
  async list(store, args) {
    const answer = await (store[method] as unknown as (a?: object) => Promise<Row>).call(store, args);
    return { ...answer, rows: answer[rows] as Row[] };
  },
});

const lists: readonly Polled[] = [
  polled("traces", ["listTraces", "spans"], "traceId", (store, ids, extra) =>
    store.batchCreateSpans({ records: ids.map((id) => root(id, extra)) }),
  ),
  polled("light traces", ["listTracesLight", "spans"], "traceId", (store, ids, extra) =>
    store.batchCreateSpans({ records: ids.map((id) => root(id, extra)) }),
  ),
  polled("branches", ["listBranches", "branches"], "spanId", (store, ids, extra) =>
    store.batchCreateSpans({ records: ids.map((id) => child("t", id, { spanType: "tool_call", ...extra })) }),
  ),
  polled("logs", ["listLogs", "logs"], "logId", (store, ids, extra) =>
    store.batchCreateLogs({ logs: ids.map((logId) => ({ logId, level: "info", message: "m", ...extra })) }),
  ),
  polled("metrics", ["listMetrics", "metrics"], "metricId", (store, ids, extra) =>
    store.batchCreateMetrics({ metrics: ids.map((metricId) => ({ metricId, name: "n", value: 1, ...extra })) }),
  ),
  polled("scores", ["listScores", "scores"], "scoreId", (store, ids, extra) =>
    store.batchCreateScores({ scores: ids.map((scoreId) => ({ scoreId, scorerId: "s", score: 1, ...extra })) }),
  ),
  polled("feedback", ["listFeedback", "feedback"], "feedbackId", (store, ids, extra) =>
    store.batchCreateFeedback({
      feedbacks: ids.map((feedbackId) => ({ feedbackId, feedbackType: "f", value: 1, ...extra })),
    }),
  ),
];

export function deltasSuite(context: DomainContext): void {
  describe.each(lists)("polls for changes: $name", ({ name, write, list, id }) => {
    const isSpan = !["logs", "metrics", "scores", "feedback"].includes(name);
    let store: ObservabilityStorage;
    const poll = (after?: string, more: object = {}) =>
      list(store, { mode: "delta", ...(after !== undefined && { after }), ...more });
    /** Everything new, poll by poll. */
    const drain = async (from: string, more: object = {}) => {
      const told: string[] = [];
      for (let after = from; ; ) {
        const answer = await poll(after, more);
        told.push(...answer.rows.map(id));
        after = answer.deltaCursor as string;
        if (!answer.delta?.hasMore) return { told, after };
      }
    };
    beforeEach(async () => {
      store = await context.store<ObservabilityStorage>("observability");
    });

    test("without a cursor there is nothing but the place to go on from", async () => {
      const empty = await poll();
      expect(empty).toMatchObject({ rows: [], delta: { limit: 10, hasMore: false } });
      await write(store, ["a", "b"]);
      const head = await poll();
      expect(head.rows).toEqual([]);
      expect(head.deltaCursor).toEqual(expect.stringMatching(/^.+$/));
      expect((await poll(head.deltaCursor)).rows).toEqual([]);
      expect((await drain(empty.deltaCursor as string)).told).toEqual(["a", "b"]);
    });

    test("each is told once, in the order of arrival, as many at a time as asked for", async () => {
      const { deltaCursor } = await poll();
      const ids = Array.from({ length: 23 }, (_, index) => `n${(index * 7) % 23}`);
      for (let from = 0; from < 23; from += 5) await write(store, ids.slice(from, from + 5));
      const first = await poll(deltaCursor, { limit: 5 });
      expect(first.rows.map(id)).toEqual(ids.slice(0, 5));
      expect(first.delta).toEqual({ limit: 5, hasMore: true });
      const { told, after } = await drain(first.deltaCursor as string, { limit: "7" });
      expect(told).toEqual(ids.slice(5));
      expect((await poll(after)).rows).toEqual([]);
      context.clock?.advance(60_000);
      expect((await poll(after)).rows).toEqual([]);
      await write(store, ["late"]);
      expect((await drain(after)).told).toEqual(["late"]);
    });

    test("a page and the polls after it miss nothing", async () => {
      await write(store, ["a", "b", "c"]);
      const page = await list(store, { pagination: { perPage: 100 } });
      expect(page.rows).toHaveLength(3);
      expect((await poll(page.deltaCursor)).rows).toEqual([]);
      await write(store, ["d"]);
      expect((await drain(page.deltaCursor as string)).told).toEqual(["d"]);
      context.clock?.advance(3_600_000);
      await write(store, ["e"]);
      expect((await drain(page.deltaCursor as string)).told).toEqual(["d", "e"]);
      const short = await list(store, { pagination: { perPage: 1 } });
      expect((await drain(short.deltaCursor as string)).told).not.toContain(id(short.rows[0] as Row));
    });

    fd("FD-033", "what is written again is not told again, unless its status changed", async () => {
      const { deltaCursor } = await poll();
      await write(store, ["a"]);
      const first = await drain(deltaCursor as string);
      expect(first.told).toEqual(["a"]);
      await write(store, ["a"], { userId: "u" });
      await write(store, ["a"], { metadata: { k: 1 } });
      // Where a batch may be cut short the trace's row is made anew each time, and told again.
      const tellsOnce = context.capabilities.atomicity !== "process" || !isSpan || name === "branches";
      if (tellsOnce) expect((await poll(first.after)).rows).toEqual([]);
      if (!isSpan) return;
      await write(store, ["a"], { endedAt: at(9) });
      const ended = await poll(first.after);
      expect(ended.rows).toMatchObject([{ status: "success" }]);
      expect(ended.rows.map(id)).toEqual(["a"]);
      await write(store, ["a"], { endedAt: at(10), error: "e" });
      expect((await poll(ended.deltaCursor)).rows).toMatchObject([{ status: "error" }]);
    });

    test("filters apply", async () => {
      const { deltaCursor } = await poll();
      await write(store, ["mine"], { organizationId: "o" });
      await write(store, ["theirs"], { organizationId: "p" });
      expect((await drain(deltaCursor as string, { filters: { organizationId: "o" } })).told).toEqual(["mine"]);
      expect((await drain(deltaCursor as string, { filters: { traceId: "a\0" } })).told).toEqual([]);
      await expect(poll(deltaCursor, { filters: { organisationId: "o" } })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    });

    test("cursors of no or another list and arguments of the other mode are refused", async () => {
      const other = await (name === "logs" ? store.listMetrics({ mode: "delta" }) : store.listLogs({ mode: "delta" }));
      for (const after of ["nonsense", other.deltaCursor as string, "1~x~~"]) {
        await expect(poll(after)).rejects.toMatchObject({
          id: "OBSERVABILITY_INVALID_DELTA_CURSOR",
          category: "USER",
          domain: "MASTRA_OBSERVABILITY",
        });
      }
      for (const args of [{ after: "" }, { limit: 0 }, { limit: 101 }, { pagination: {} }, { orderBy: {} }]) {
        await expect(list(store, { mode: "delta", ...args })).rejects.toMatchObject({ code: "invalid_argument" });
      }
      for (const args of [{ after: "x" }, { limit: 5 }, { mode: "stream" }]) {
        await expect(list(store, args)).rejects.toMatchObject({ code: "invalid_argument" });
      }
    });
  });

  describe("polls for changes", () => {
    test("a write that takes long is not passed over by one that came later", async () => {
      let held: (() => void)[] = [];
      let holds = false;
      const slow = (engine: Engine) =>
        forward(engine, {
          async write(ops, options) {
            if (holds) {
              holds = false;
              await new Promise<void>((resolve) => held.push(resolve));
            }
            return engine.write(ops, options);
          },
        });
      const store = await context.store<ObservabilityStorage>("observability", { wrap: slow });
      const log = (logId: string) => store.batchCreateLogs({ logs: [{ logId, level: "info", message: "m" }] });
      let { deltaCursor } = await store.listLogs({ mode: "delta" });
      const told: string[] = [];
      const poll = async () => {
        const answer = await store.listLogs({ mode: "delta", after: deltaCursor as string, limit: 100 });
        deltaCursor = answer.deltaCursor;
        told.push(...answer.logs.map(({ logId }) => logId));
      };
      await log("first");
      holds = true;
      const waiting = log("slow");
      while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      for (let index = 0; index < 5; index++) {
        context.clock?.advance(60_000);
        await log(`fast${index}`);
        await poll();
      }
      for (const release of held) release();
      held = [];
      await waiting;
      await poll();
      expect(told.toSorted()).toEqual(["fast0", "fast1", "fast2", "fast3", "fast4", "first", "slow"]);
    });

    test("what another process wrote a moment ago is told when it shows", async (test) => {
      if (!context.canReopen || !context.clock) return test.skip();
      const storage = await context.open();
      const store = (await storage.getStore("observability")) as ObservabilityStorage;
      const log = (target: ObservabilityStorage, logId: string) =>
        target.batchCreateLogs({ logs: [{ logId, level: "info", message: "m" }] });
      const { deltaCursor } = await store.listLogs({ mode: "delta" });
      const behind = { ...context.clock, now: () => (context.clock?.now() ?? 0) - 5000 };
      let stamp = behind.now() * 1000;
      const other = (await (
        await context.reopen(storage, { clock: { ...behind, sequence: () => ++stamp } })
      ).getStore("observability")) as ObservabilityStorage;
      await log(store, "mine");
      const first = await store.listLogs({ mode: "delta", after: deltaCursor as string });
      await log(other, "theirs");
      const second = await store.listLogs({ mode: "delta", after: first.deltaCursor as string });
      expect(first.logs.map(({ logId }) => logId)).toEqual(["mine"]);
      expect(second.logs.map(({ logId }) => logId)).toEqual(["theirs"]);
    });

    test("concurrent writers: the union of the polls is what was written", async () => {
      const store = await context.store<ObservabilityStorage>("observability");
      let { deltaCursor } = await store.listTraces({ mode: "delta" });
      const seen = new Set<string>();
      const poll = async () => {
        const answer = await store.listTraces({ mode: "delta", after: deltaCursor as string, limit: 100 });
        deltaCursor = answer.deltaCursor;
        for (const { traceId } of answer.spans) seen.add(traceId);
        return answer.delta?.hasMore;
      };
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let index = 0; index < 10; index++) {
          await store.createSpan({ span: root(`t${writer}-${index}`) }).catch((error) => {
            if (!isStorageError(error)) throw error;
          });
          if (index % 3 === 0) await poll();
        }
      });
      await Promise.all(writers);
      while (await poll());
      expect(seen.size).toBe(80);
    });
  });
}
