import type { ObservabilityStorage } from "@stowage/core";
import { beforeEach, describe, expect, test } from "vitest";
import { awkwardTexts } from "../../awkward.ts";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, contextFields, root } from "./spans.ts";

type Row = Record<string, unknown>;

/** The four kinds of signal by the methods that write and list them. */
interface Kind {
  readonly name: string;
  readonly id: string;
  readonly own: Row;
  write(store: ObservabilityStorage, records: Row[]): Promise<void>;
  list(store: ObservabilityStorage, args?: object): Promise<{ rows: Row[]; total: number }>;
}

const kind = (
  name: string,
  id: string,
  own: Row,
  [writer, input]: [keyof ObservabilityStorage, string],
  [lister, output]: [keyof ObservabilityStorage, string],
): Kind => ({
  name,
  id,
  own,
  write: (store, records) =>
    (store[writer] as unknown as (a: object) => Promise<void>).call(store, { [input]: records }),
  async list(store, args) {
    const answer = await (store[lister] as unknown as (a?: object) => Promise<Row>).call(store, args);
    return { rows: answer[output] as Row[], total: (answer.pagination as { total: number }).total };
  },
});

const kinds: readonly Kind[] = [
  kind("logs", "logId", { level: "info", message: "m" }, ["batchCreateLogs", "logs"], ["listLogs", "logs"]),
  kind("metrics", "metricId", { name: "n", value: 1.5 }, ["batchCreateMetrics", "metrics"], ["listMetrics", "metrics"]),
  kind("scores", "scoreId", { scorerId: "s", score: 0.5 }, ["batchCreateScores", "scores"], ["listScores", "scores"]),
  kind(
    "feedback",
    "feedbackId",
    { feedbackType: "thumbs", value: 1 },
    ["batchCreateFeedback", "feedbacks"],
    ["listFeedback", "feedback"],
  ),
];

export function signalsSuite(context: DomainContext): void {
  describe.each(kinds)("signals: $name", ({ id, own, write, list }) => {
    let store: ObservabilityStorage;
    beforeEach(async () => {
      store = await context.store<ObservabilityStorage>("observability");
    });
    const signal = (value: string, extra: Row = {}): Row => ({ [id]: value, timestamp: at(0), ...own, ...extra });
    const ids = async (args?: object) => (await list(store, args)).rows.map((row) => row[id]);
    const matching = async (filters: object) => (await ids({ filters, pagination: { perPage: 100 } })).sort();

    test("every property comes back as it was written, and null where nothing was", async () => {
      const records = [0, 9, 18, 27].map((seed, index) => ({
        ...Object.fromEntries(
          contextFields
            .filter((field) => field !== "source")
            .map((field, position) => [field, awkwardTexts[(seed + position) % awkwardTexts.length]]),
        ),
        ...signal(`s${index}`),
        traceId: "t",
        spanId: "s",
        executionSource: "test\0",
        tags: ["a", "a", " b", ""],
        metadata: { "a.b": [1, null, "1"] },
        scope: { v: "1" },
      }));
      await write(store, records);
      const { rows, total } = await list(store, { orderBy: { direction: "ASC" } });
      expect(total).toBe(4);
      for (const [index, row] of rows.entries()) expect(row).toMatchObject(records[index] as Row);
      const given = signal("bare", { timestamp: at(1) });
      await write(store, [given]);
      const [bare] = (await list(store)).rows;
      expect(bare).toMatchObject(given);
      const extra = Object.entries(bare ?? {}).filter(([key]) => !(key in given));
      for (const [key, value] of extra) {
        if (key === "labels") expect(value).toEqual({});
        else if (key === "reviewStatus") expect(value).toBe("needs-review");
        else expect(value, key).toBeNull();
      }
      expect(Object.keys(bare ?? {}).sort()).toEqual(Object.keys(rows[0] ?? {}).sort());
    });

    fd("FD-033", "an id that is written again is replaced and counts once", async () => {
      await write(store, [signal("a", { userId: "first", threadId: "t" }), signal("b")]);
      await write(store, [signal("a", { userId: "second" }), signal("a", { userId: "third" })]);
      const { rows, total } = await list(store, { filters: { userId: "third" } });
      expect(total).toBe(1);
      expect(rows[0]).toMatchObject({ userId: "third", threadId: null });
      expect((await list(store)).total).toBe(2);
    });

    test("an id that is missing is made, an unusable time is the time of arrival", async () => {
      await write(store, [{ ...own }, { ...own, [id]: null, timestamp: "soon" }, { ...own, [id]: "" }]);
      const { rows, total } = await list(store);
      expect(total).toBe(3);
      expect(new Set(rows.map((row) => row[id])).size).toBe(3);
      if (context.clock) for (const row of rows) expect(row.timestamp).toEqual(new Date(context.clock.now()));
      await expect(write(store, [signal("ok"), signal("a\0b")])).rejects.toMatchObject({
        code: "invalid_argument",
        details: { index: 1 },
      });
      expect((await list(store)).total).toBe(3);
      await write(store, []);
    });

    fd("FD-040", "pages of equal times cover each once, in both directions", async () => {
      await write(
        store,
        Array.from({ length: 60 }, (_, index) =>
          signal(`s${(index * 37) % 60}`.padStart(4, "0"), { timestamp: at(index % 2) }),
        ),
      );
      for (const direction of ["ASC", "DESC"]) {
        const seen: unknown[] = [];
        for (let page = 0; page < 9; page++) {
          seen.push(...(await ids({ orderBy: { direction }, pagination: { page, perPage: 7 } })));
        }
        const all = (await list(store, { orderBy: { direction }, pagination: { perPage: 100 } })).rows;
        expect(seen).toEqual(all.map((row) => row[id]));
        expect(new Set(seen).size).toBe(60);
        const uncounted = { orderBy: { direction }, pagination: { page: 1, perPage: 50 }, includeTotal: false };
        expect(await ids(uncounted)).toEqual(seen.slice(50));
        expect((await list(store, { ...uncounted, pagination: { perPage: 7 } })).total).toBe(7);
        const sign = direction === "ASC" ? 1 : -1;
        const expected = all.toSorted(
          (a, b) => sign * (Number(a.timestamp) - Number(b.timestamp) || (String(a[id]) < String(b[id]) ? -1 : 1)),
        );
        expect(all).toEqual(expected);
      }
    });

    test("filters", async () => {
      await write(store, [
        signal("a", { userId: "u", organizationId: "o", traceId: "t", tags: ["x", "y"], timestamp: at(1) }),
        signal("b", { userId: "U", organizationId: "o", traceId: "T", tags: ["x"], timestamp: at(2) }),
        signal("c", { executionSource: "cli", spanId: "s", timestamp: at(3) }),
        signal("d", { organizationId: "o".repeat(900), entityName: "\0" }),
      ]);
      expect(await matching({})).toEqual(["a", "b", "c", "d"]);
      expect(await matching({ organizationId: "o", traceId: undefined })).toEqual(["a", "b"]);
      expect(await matching({ organizationId: "o".repeat(900) })).toEqual(["d"]);
      expect(await matching({ organizationId: "O" })).toEqual([]);
      expect(await matching({ entityName: "\0" })).toEqual(["d"]);
      expect(await matching({ traceId: "t" })).toEqual(["a"]);
      expect(await matching({ traceId: null })).toEqual(["c", "d"]);
      expect(await matching({ traceId: "t\0" })).toEqual([]);
      expect(await matching({ spanId: "s", executionSource: "cli" })).toEqual(["c"]);
      expect(await matching({ tags: ["x"] })).toEqual(["a", "b"]);
      expect(await matching({ tags: ["y", "x"] })).toEqual(["a"]);
      expect(await matching({ timestamp: { start: at(1), end: at(3), endExclusive: true } })).toEqual(["a", "b"]);
      expect(await matching({ timestamp: { start: at(1), startExclusive: true }, organizationId: "o" })).toEqual(["b"]);
      expect(await matching({ timestamp: { start: at(3), end: at(1) } })).toEqual([]);
      for (const filters of [{ organisationId: "o" }, { traceId: 5 }, { tags: "x" }, { timestamp: "now" }]) {
        await expect(list(store, { filters })).rejects.toMatchObject({
          id: expect.stringMatching(/_INVALID_ARGUMENT$/),
        });
      }
      await expect(list(store, { pagination: { perPage: 0 } })).rejects.toMatchObject({ code: "invalid_argument" });
    });

    test("signals go with their traces, within the tenant", async () => {
      await store.batchCreateSpans({
        records: [root("mine", { organizationId: "o" }), child("mine", "x"), root("theirs", { organizationId: "p" })],
      });
      const of = (traceId: string | null, organizationId: string | null) =>
        signal(`${traceId}/${organizationId}`, { traceId, organizationId });
      const all = ["mine", "theirs", "absent", null].flatMap((traceId) =>
        ["o", "p", null].map((organizationId) => of(traceId, organizationId)),
      );
      await write(store, all);
      await store.batchDeleteTraces({ traceIds: ["mine", "theirs", "absent"], organizationId: "o" });
      expect(await matching({ traceId: "mine" })).toEqual(["mine/p"]);
      expect(await matching({ traceId: "theirs" })).toHaveLength(3);
      expect(await matching({ traceId: "absent" })).toEqual(["absent/null", "absent/p"]);
      await store.batchDeleteTraces({ traceIds: ["mine", "theirs", "absent"] });
      expect(await matching({})).toEqual(["null/null", "null/o", "null/p"]);
      await store.dangerouslyClearAll();
      expect(await matching({})).toEqual([]);
    });

    test("pruning by age, and not with the spans of a trace", async () => {
      const now = context.clock?.now() ?? Date.now();
      const key = { logId: "logs", metricId: "metrics", scoreId: "scores", feedbackId: "feedback" }[id] as string;
      await store.createSpan({ span: root("t", { startedAt: now - 90_000 }) });
      await write(store, [
        signal("old", { timestamp: now - 90_000, traceId: "t" }),
        signal("young", { timestamp: now - 1000, traceId: "t" }),
      ]);
      await store.prune({ spans: { maxAge: "1m", unit: "trace" } });
      expect(await matching({})).toEqual(["old", "young"]);
      expect(await store.prune({ [key]: { maxAge: "1m" } })).toMatchObject([{ deleted: 1, done: true }]);
      expect(await matching({})).toEqual(["young"]);
    });

    fd("FD-035", "tags stay as many as they are, however often they are written and read", async () => {
      for (let time = 0; time < 4; time++) {
        const [row] = (await list(store)).rows;
        await write(store, [signal("a", { tags: (row?.tags as string[] | undefined) ?? ["x", "y"] })]);
        await store.createSpan({ span: root("t", { tags: ["x", "z"] }) });
      }
      expect((await list(store)).rows).toMatchObject([{ tags: ["x", "y"] }]);
      expect((await store.getSpan({ traceId: "t", spanId: "root" }))?.span.tags).toEqual(["x", "z"]);
      expect(await store.getTags({})).toEqual({ tags: ["x", "y", "z"] });
    });

    test("discovery looks at them too", async () => {
      await write(store, [
        signal("a", { entityType: "agent", entityName: id, serviceName: "s", environment: "e", tags: [id] }),
      ]);
      await store.createSpan({ span: root("t", { entityType: "agent", tags: ["span"] }) });
      expect(await store.getEntityTypes({})).toEqual({ entityTypes: ["agent"] });
      expect(await store.getEntityNames({ entityType: "agent" })).toEqual({ names: [id] });
      expect(await store.getServiceNames({})).toEqual({ serviceNames: ["s"] });
      expect(await store.getTags({})).toEqual({ tags: [id, "span"] });
    });
  });

  describe("signals: what each kind has of its own", () => {
    const open = () => context.store<ObservabilityStorage>("observability");
    /** Collects warnings in the place of the console. */
    const listen = (store: ObservabilityStorage) => {
      const warnings: string[] = [];
      store.__setLogger({ debug() {}, info() {}, warn: (message) => void warnings.push(message), error() {} });
      return warnings;
    };

    test("logs: level, search and the old name of the source", async () => {
      const store = await open();
      const logs = [
        { logId: "a", level: "debug", message: "Hello World", data: { a: 1 }, source: "old" },
        { logId: "b", level: "warn", message: "hello\0there", executionSource: "new", source: "old" },
        { logId: "c", message: { code: 5 } },
        { logId: "d", level: "fatal", message: "" },
      ];
      await store.batchCreateLogs({ logs: logs as never });
      const ids = async (filters: object) => (await store.listLogs({ filters })).logs.map(({ logId }) => logId).sort();
      expect(await ids({ level: "debug" })).toEqual(["a"]);
      expect(await ids({ level: ["warn", "fatal"] })).toEqual(["b", "d"]);
      expect(await ids({ search: "HELLO" })).toEqual(["a", "b"]);
      expect(await ids({ search: "%" })).toEqual([]);
      expect(await ids({ source: "old" })).toEqual(["a"]);
      const { logs: found } = await store.listLogs({ filters: { level: ["info", "debug"] } });
      expect(found.find(({ logId }) => logId === "c")).toMatchObject({ level: "info", message: '{"code":5}' });
      expect(found.find(({ logId }) => logId === "a")).toMatchObject({
        data: { a: 1 },
        source: "old",
        executionSource: "old",
      });
    });

    test("metrics: names, labels, costs, and numbers that are none", async () => {
      const store = await open();
      const warnings = listen(store);
      const metrics = [
        {
          metricId: "a",
          name: "tokens",
          value: 5,
          labels: { model: "m", n: 1, gone: null },
          estimatedCost: 0.1,
          costUnit: "usd",
        },
        {
          metricId: "b",
          name: "latency",
          value: -0.5,
          labels: { model: "m2" },
          traceId: "t1",
          provider: "p",
          costMetadata: { x: 1 },
        },
        { metricId: "c", name: "tokens", value: Number.NaN },
        { metricId: "d", name: "tokens", value: "7" },
        { metricId: "e", name: "other", value: 0, labels: "none", traceId: "t2" },
      ];
      await store.batchCreateMetrics({ metrics: metrics as never });
      const ids = async (filters: object) =>
        (await store.listMetrics({ filters })).metrics.map(({ metricId }) => metricId).sort();
      expect(await ids({})).toEqual(["a", "b", "e"]);
      expect(warnings).toEqual([expect.stringContaining("left out 2 metrics")]);
      expect(await ids({ name: "tokens" })).toEqual(["a"]);
      expect(await ids({ name: ["tokens", "other", "x"] })).toEqual(["a", "e"]);
      expect(await ids({ labels: { model: "m", n: "1" } })).toEqual(["a"]);
      expect(await ids({ labels: { n: "2" } })).toEqual([]);
      expect(await ids({ traceIds: ["t1", "t2", "t3"] })).toEqual(["b", "e"]);
      expect(await ids({ provider: "p", model: null })).toEqual(["b"]);
      expect(await ids({ costUnit: "usd" })).toEqual(["a"]);
      for (const filters of [{ name: [] }, { traceIds: [] }, { labels: { n: 1 } }]) {
        await expect(store.listMetrics({ filters: filters as never })).rejects.toMatchObject({
          code: "invalid_argument",
        });
      }
      expect((await store.listMetrics({ filters: { name: "tokens" } })).metrics[0]).toMatchObject({
        labels: { model: "m", n: "1" },
        value: 5,
        estimatedCost: 0.1,
        costMetadata: null,
      });
    });

    test("scores: sources, order by score, by id, deleting", async () => {
      const store = await open();
      await store.createScore({
        score: { scoreId: "a", scorerId: "x", score: 0.5, source: "manual", timestamp: at(1) },
      });
      await store.batchCreateScores({
        scores: [
          {
            scoreId: "b",
            scorerId: "x",
            score: -1,
            scoreSource: "live",
            source: "old",
            organizationId: "o",
            timestamp: at(3),
          },
          { scoreId: "c", scorerId: "y", score: 0.5, metadata: { k: 1 }, timestamp: at(2) },
        ],
      });
      const ids = async (args: object) => (await store.listScores(args)).scores.map(({ scoreId }) => scoreId);
      expect(await ids({})).toEqual(["b", "c", "a"]);
      expect(await ids({ orderBy: { field: "score" } })).toEqual(["c", "a", "b"]);
      expect(await ids({ orderBy: { field: "score", direction: "ASC" }, filters: { scorerId: "x" } })).toEqual([
        "b",
        "a",
      ]);
      expect(await ids({ filters: { scoreSource: "manual" } })).toEqual(["a"]);
      expect(await ids({ filters: { source: "live" } })).toEqual(["b"]);
      expect(await ids({ filters: { scorerId: ["x", "y"], metadata: { k: 1 } } })).toEqual(["c"]);
      expect(await store.getScoreById("a")).toMatchObject({ scoreSource: "manual", source: "manual", score: 0.5 });
      expect(await store.getScoreById("A")).toBeNull();
      await expect(store.getScoreById("")).rejects.toMatchObject({ code: "invalid_argument" });
      await store.deleteScores({ scoreIds: ["a", "b", "nowhere"], organizationId: "o" });
      expect(await ids({})).toEqual(["c", "a"]);
      await store.deleteScores({ scoreIds: [] });
      await store.deleteScores({ scoreIds: ["a"] });
      expect(await ids({})).toEqual(["c"]);
      await expect(store.deleteScores({ scoreIds: ["c"], resourceId: null as never })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    });

    test("feedback: kinds of values, who gave it, and the review status that only one method moves", async () => {
      const store = await open();
      const warnings = listen(store);
      await store.createFeedback({
        feedback: { feedbackId: "a", feedbackType: "rating", value: 5, userId: "u", source: "ui" },
      });
      await store.batchCreateFeedback({
        feedbacks: [
          { feedbackId: "b", feedbackType: "comment", value: "5", metadata: { userId: "v" } },
          { feedbackId: "c", feedbackType: "rating", value: Number.NaN },
          { feedbackId: "d", feedbackType: "rating", value: 1, feedbackUserId: "w", userId: "u" },
        ],
      });
      const ids = async (filters: object) =>
        (await store.listFeedback({ filters })).feedback.map(({ feedbackId }) => feedbackId).sort();
      expect(await ids({})).toEqual(["a", "b", "d"]);
      expect(warnings).toEqual([expect.stringContaining("left out 1 feedbacks")]);
      expect(await ids({ feedbackType: "rating" })).toEqual(["a", "d"]);
      expect(await ids({ userId: "u" })).toEqual(["a"]);
      expect(await ids({ userId: "u", feedbackUserId: "w" })).toEqual(["d"]);
      expect(await ids({ feedbackSource: "ui" })).toEqual(["a"]);
      const [a] = (await store.listFeedback({ filters: { feedbackUserId: "u" } })).feedback;
      expect(a).toMatchObject({ value: 5, userId: "u", feedbackUserId: "u", source: "ui", feedbackSource: "ui" });
      const [b] = (await store.listFeedback({ filters: { feedbackType: ["comment"] } })).feedback;
      expect(b).toMatchObject({ value: "5", feedbackUserId: "v", userId: null });
      const moved = await store.updateFeedbackReviewStatus({ feedbackId: "a", reviewStatus: "reviewed" });
      expect(moved).toEqual({ ...a, reviewStatus: "reviewed" });
      await store.createFeedback({
        feedback: { feedbackId: "a", feedbackType: "rating", value: 4, reviewStatus: "needs-review" },
      });
      expect(await ids({ reviewStatus: "reviewed" })).toEqual(["a"]);
      expect((await store.listFeedback({ filters: { reviewStatus: "reviewed" } })).feedback[0]).toMatchObject({
        value: 4,
      });
      await expect(
        store.updateFeedbackReviewStatus({ feedbackId: "a", reviewStatus: "done" as never }),
      ).rejects.toMatchObject({
        id: "OBSERVABILITY_UPDATE_FEEDBACK_REVIEW_STATUS_INVALID_ARGS",
        category: "USER",
        domain: "MASTRA_OBSERVABILITY",
      });
      await expect(
        store.updateFeedbackReviewStatus({ feedbackId: "x", reviewStatus: "reviewed" }),
      ).rejects.toMatchObject({ id: "OBSERVABILITY_UPDATE_FEEDBACK_REVIEW_STATUS_NOT_FOUND", category: "USER" });
      await store.deleteFeedback({ feedbackIds: ["a", "b"] });
      expect(await ids({})).toEqual(["d"]);
    });
  });
}
