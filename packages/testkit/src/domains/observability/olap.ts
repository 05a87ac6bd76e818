import type { ObservabilityStorage } from "@stowage/core";
import { interpolate } from "@stowage/core/engine";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at } from "./spans.ts";

type Row = Record<string, unknown>;
type Answer = Record<string, never> & { series: { points: { timestamp: Date; value: number }[] }[] };
type Call = (args: object) => Promise<Answer>;

/** A kind of signal that has aggregates: how a row of a value is written, and the four questions. */
interface Kind {
  readonly name: string;
  readonly subject: Row;
  write(store: ObservabilityStorage, rows: Row[]): Promise<void>;
  readonly methods: readonly (keyof ObservabilityStorage)[];
}

const kinds: readonly Kind[] = [
  {
    name: "metrics",
    subject: { name: ["m"] },
    write: (store, rows) =>
      store.batchCreateMetrics({
        metrics: rows.map(({ id, ...row }) => ({ name: "m", metricId: id, ...row })) as never,
      }),
    methods: ["getMetricAggregate", "getMetricBreakdown", "getMetricTimeSeries", "getMetricPercentiles"],
  },
  {
    name: "scores",
    subject: { scorerId: "m" },
    write: (store, rows) =>
      store.batchCreateScores({
        scores: rows.map(({ id, value, ...row }) => ({ scorerId: "m", scoreId: id, score: value, ...row })) as never,
      }),
    methods: ["getScoreAggregate", "getScoreBreakdown", "getScoreTimeSeries", "getScorePercentiles"],
  },
  {
    name: "feedback",
    subject: { feedbackType: "m" },
    write: (store, rows) =>
      store.batchCreateFeedback({
        feedbacks: rows.map(({ id, ...row }) => ({ feedbackType: "m", feedbackId: id, ...row })) as never,
      }),
    methods: ["getFeedbackAggregate", "getFeedbackBreakdown", "getFeedbackTimeSeries", "getFeedbackPercentiles"],
  },
];

const aggregations = ["sum", "avg", "min", "max", "count", "last", "count_distinct"] as const;

interface Sample {
  id: string;
  value: number;
  timestamp: number;
  environment: string | null;
  serviceName: string | null;
}

/** Numbers that add up without rounding, so that any order gives the same sum. */
const samples = fc.uniqueArray(
  fc.record<Sample>({
    id: fc.integer({ min: 0, max: 400 }).map((n) => `s${n}`),
    value: fc.integer({ min: -4000, max: 4000 }).map((n) => n / 8),
    timestamp: fc.integer({ min: -3 * 3_600_000, max: 3 * 3_600_000 }).map((n) => Number(at(n - (n % 600_000)))),
    environment: fc.constantFrom(null, "", "prod", "Prod", "a\0"),
    serviceName: fc.constantFrom(null, "x", "é"),
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 40 },
);

function reduced(aggregation: (typeof aggregations)[number], rows: readonly Sample[]): number | null {
  const values = rows.map(({ value }) => value);
  const sum = values.reduce((a, b) => a + b, 0);
  switch (aggregation) {
    case "count":
      return rows.length;
    case "count_distinct":
      return new Set(values).size;
    case "sum":
      return rows.length > 0 ? sum : null;
    case "avg":
      return rows.length > 0 ? sum / rows.length : null;
    case "min":
      return rows.length > 0 ? Math.min(...values) : null;
    case "max":
      return rows.length > 0 ? Math.max(...values) : null;
    case "last":
      // Of equal times the one that was written later.
      return (
        rows.reduce<Sample | undefined>((a, b) => (a && a.timestamp > b.timestamp ? a : b), undefined)?.value ?? null
      );
  }
}

const tupleOf = (row: Sample, groupBy: readonly (keyof Sample)[]) => groupBy.map((name) => row[name] as string | null);

function compareTuple(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] as string | null;
    if (value === other) continue;
    if (value === null || other === null) return value === null ? -1 : 1;
    return value < other ? -1 : 1;
  }
  return 0;
}

const floor = (timestamp: number, size: number) => Math.floor(timestamp / size) * size;

export function olapSuite(context: DomainContext): void {
  describe.each(kinds)("numbers: $name", ({ name, subject, write, methods }) => {
    const isMetric = name === "metrics";
    let store: ObservabilityStorage;
    const ask = (which: number): Call => {
      const method = store[methods[which] as keyof ObservabilityStorage] as unknown as Call;
      return (args) => method.call(store, { ...subject, ...args });
    };
    const aggregate: Call = (args) => ask(0)(args);
    const breakdown: Call = (args) => ask(1)(args);
    const series: Call = (args) => ask(2)(args);
    const percentiles: Call = (args) => ask(3)(args);
    beforeEach(async () => {
      store = await context.store<ObservabilityStorage>("observability");
    });

    test("are the same on every database, and those of the definition", async () => {
      await fc.assert(
        fc.asyncProperty(
          samples,
          fc.subarray(["environment", "serviceName"] as const, { minLength: 1 }),
          fc.constantFrom("ASC", "DESC"),
          async (rows, groupBy, orderDirection) => {
            await store.dangerouslyClearAll();
            await write(store, rows as unknown as Row[]);
            const groups = [...Map.groupBy(rows, (row) => JSON.stringify(tupleOf(row, groupBy))).values()];
            const byBucket = (part: readonly Sample[]) =>
              [...Map.groupBy(part, ({ timestamp }) => floor(timestamp, 3_600_000))].sort(([a], [b]) => a - b);
            for (const aggregation of aggregations) {
              if (isMetric && aggregation === "count_distinct") continue;
              expect(await aggregate({ aggregation })).toMatchObject({ value: reduced(aggregation, rows) });
              const expected = groups
                .map((part) => ({
                  tuple: tupleOf(part[0] as Sample, groupBy),
                  value: reduced(aggregation, part) as number,
                }))
                .sort(
                  (a, b) => (orderDirection === "ASC" ? 1 : -1) * (a.value - b.value) || compareTuple(a.tuple, b.tuple),
                );
              const { groups: found } = (await breakdown({ aggregation, groupBy, orderDirection })) as unknown as {
                groups: { dimensions: object; value: number }[];
              };
              expect(found.map(({ dimensions, value }) => ({ tuple: Object.values(dimensions), value }))).toEqual(
                expected,
              );
              const answer = await series({ aggregation, groupBy, interval: "1h" });
              const wanted = groups.toSorted((a, b) =>
                compareTuple(tupleOf(a[0] as Sample, groupBy), tupleOf(b[0] as Sample, groupBy)),
              );
              expect(
                answer.series.map(({ points }) => points.map(({ timestamp, value }) => [Number(timestamp), value])),
              ).toEqual(
                wanted.map((part) => byBucket(part).map(([bucket, inside]) => [bucket, reduced(aggregation, inside)])),
              );
            }
            const answer = await percentiles({ percentiles: [0, 0.5, 0.95, 1], interval: "1h" });
            for (const [index, p] of [0, 0.5, 0.95, 1].entries()) {
              const points =
                answer.series[index]?.points.map(({ timestamp, value }) => [Number(timestamp), value]) ?? [];
              const wanted = byBucket(rows).map(([bucket, inside]) => [
                bucket,
                interpolate(
                  inside.map(({ value }) => value),
                  p,
                ) as number,
              ]);
              expect(points.map(([bucket]) => bucket)).toEqual(wanted.map(([bucket]) => bucket));
              for (const [at, [, value]] of wanted.entries()) expect(points[at]?.[1]).toBeCloseTo(value as number, 9);
            }
          },
        ),
        { numRuns: context.runs(6) },
      );
    });

    test("of nothing: counts are 0, the rest is null, and there are no empty groups", async () => {
      for (const aggregation of aggregations) {
        const value = aggregation.startsWith("count") ? 0 : null;
        for (const filters of [{}, { traceId: "t\0" }, { timestamp: { start: at(2), end: at(1) } }]) {
          const args = { aggregation, filters, distinctColumn: "model" };
          expect(await aggregate(args)).toMatchObject({ value });
          expect(await breakdown({ ...args, groupBy: ["userId"] })).toEqual({ groups: [] });
          expect(await series({ ...args, interval: "1d" })).toEqual({ series: [] });
        }
      }
      expect(await percentiles({ percentiles: [0.5], interval: "1m" })).toEqual({
        series: [{ percentile: 0.5, points: [] }],
      });
    });

    fd("FD-033", "an id counts once, however often it was written", async () => {
      for (let time = 0; time < 5; time++) await write(store, [{ id: "a", value: time, timestamp: at(0) }]);
      expect(await aggregate({ aggregation: "count" })).toMatchObject({ value: 1 });
      expect(await aggregate({ aggregation: "sum" })).toMatchObject({ value: 4 });
    });

    test("filters narrow, ranges keep their exclusive ends, and unknown members are refused", async () => {
      await write(
        store,
        [1, 2, 4, 8].map((value, index) => ({
          id: `s${index}`,
          value,
          timestamp: at(index),
          userId: `u${index % 2}`,
          tags: ["x"],
        })),
      );
      const sum = async (filters: object) => (await aggregate({ aggregation: "sum", filters })).value;
      const asker = name === "feedback" ? "feedbackUserId" : "userId";
      expect(await sum({ [asker]: "u1" })).toBe(10);
      expect(
        await sum({ tags: ["x"], timestamp: { start: at(0), startExclusive: true, end: at(3), endExclusive: true } }),
      ).toBe(6);
      await expect(sum({ organisationId: "o" })).rejects.toMatchObject({ code: "invalid_argument" });
      for (const args of [
        { aggregation: "median" },
        { aggregation: "sum", comparePeriod: "last_year" },
        { aggregation: undefined },
      ]) {
        await expect(aggregate(args)).rejects.toMatchObject({ code: "invalid_argument" });
      }
      for (const args of [
        { groupBy: ["metadata"] },
        { groupBy: ["tags"] },
        { groupBy: [] },
        { groupBy: ["userId"], limit: 0 },
      ]) {
        await expect(breakdown({ aggregation: "sum", ...args })).rejects.toMatchObject({
          id: expect.stringMatching(/_INVALID_ARGUMENT$/),
        });
      }
      await expect(series({ aggregation: "sum", interval: "2h" })).rejects.toMatchObject({ code: "invalid_argument" });
      for (const list of [[], [1.5], "p50"]) {
        await expect(percentiles({ percentiles: list, interval: "1h" })).rejects.toMatchObject({
          code: "invalid_argument",
        });
      }
    });

    test("an earlier range keeps every other filter", async () => {
      const hour = 3_600_000;
      const day = 24 * hour;
      const given = [0, 1, 2, 3].map((index) => ({
        id: `n${index}`,
        value: 6,
        timestamp: at(index * 1000),
        userId: "u",
      }));
      await write(store, [
        ...given,
        { id: "other", value: 100, timestamp: at(-1000), userId: "v" },
        { id: "before", value: 8, timestamp: at(-1000), userId: "u" },
        { id: "yesterday", value: -6, timestamp: at(1000 - day), userId: "u" },
        { id: "week", value: 0, timestamp: at(1000 - 7 * day), userId: "u" },
      ]);
      const filters = { userId: "u", timestamp: { start: at(0), end: at(4000), endExclusive: true } };
      const compared = (comparePeriod?: string, more: object = {}) =>
        aggregate({ aggregation: "sum", filters: { ...filters, ...more }, comparePeriod });
      expect(await compared("previous_period")).toMatchObject({ value: 24, previousValue: 8, changePercent: 200 });
      expect(await compared("previous_day")).toMatchObject({ value: 24, previousValue: -6, changePercent: 500 });
      expect(await compared("previous_week")).toMatchObject({ value: 24, previousValue: 0, changePercent: null });
      expect(await compared("previous_day", { userId: "w" })).toMatchObject({ value: null, changePercent: null });
      for (const answer of [await compared(), await compared("previous_day", { timestamp: { start: at(0) } })]) {
        expect(answer).not.toHaveProperty("previousValue");
        expect(answer).not.toHaveProperty("changePercent");
      }
    });

    test("groups: a limit after the order, and a missing value is a group", async () => {
      await write(
        store,
        [5, 5, 9, 1].map((value, index) => ({
          id: `s${index}`,
          value,
          timestamp: at(0),
          userId: [null, "b", "a", "c"][index],
        })),
      );
      const users = async (args: object) =>
        (
          (await breakdown({ aggregation: "sum", groupBy: ["userId"], ...args })) as unknown as {
            groups: { dimensions: { userId: string } }[];
          }
        ).groups.map(({ dimensions }) => dimensions.userId);
      expect(await users({})).toEqual(["a", null, "b", "c"]);
      expect(await users({ limit: 2, orderDirection: "ASC" })).toEqual(["c", null]);
    });

    test("series are called by what they are of, and two tuples stay two", async () => {
      await write(store, [
        { id: "a", value: 1, timestamp: at(0), userId: "x|y", threadId: "z" },
        { id: "b", value: 2, timestamp: at(0), userId: "x", threadId: "y|z" },
        { id: "c", value: 3, timestamp: at(0), userId: "x", threadId: null },
      ]);
      const names = async (args: object) =>
        (
          (await series({ aggregation: "sum", interval: "1d", ...args })) as unknown as { series: { name: string }[] }
        ).series.map((one) => one.name);
      expect(await names({})).toEqual(["m"]);
      expect(await names({ groupBy: ["userId", "threadId"] })).toEqual(["x|", "x|y|z", "x|y|z"]);
    });
  });

  describe("numbers: what each kind has of its own", () => {
    const open = () => context.store<ObservabilityStorage>("observability");

    test("metrics: labels, distinct columns, several names and costs", async () => {
      const store = await open();
      const metric = (metricId: string, name: string, extra: object) => ({
        metricId,
        name,
        value: 1,
        timestamp: at(0),
        ...extra,
      });
      await store.batchCreateMetrics({
        metrics: [
          metric("a", "tokens", {
            labels: { model: "label" },
            model: "m1",
            estimatedCost: 0.25,
            costUnit: "usd",
            timestamp: at(1),
          }),
          metric("b", "tokens", { labels: { tier: "gold" }, model: "m2", estimatedCost: 0.5, costUnit: "usd" }),
          metric("c", "tokens", { labels: { tier: "gold" }, model: "m1" }),
          metric("d", "calls", { estimatedCost: 4, costUnit: "eur", labels: { tier: "" } }),
        ],
      });
      const tokens = { name: ["tokens"], aggregation: "count" as const };
      expect(await store.getMetricAggregate(tokens)).toEqual({ value: 3, estimatedCost: 0.75, costUnit: "usd" });
      expect(await store.getMetricAggregate({ ...tokens, name: ["tokens", "calls"] })).toEqual({
        value: 4,
        estimatedCost: 4.75,
        costUnit: null,
      });
      expect(await store.getMetricAggregate({ ...tokens, filters: { model: "m1", tags: [] } })).toMatchObject({
        value: 2,
      });
      expect(
        await store.getMetricAggregate({ ...tokens, aggregation: "count_distinct", distinctColumn: "model" }),
      ).toMatchObject({ value: 2 });
      await expect(store.getMetricAggregate({ ...tokens, aggregation: "count_distinct" })).rejects.toMatchObject({
        code: "invalid_argument",
      });
      const { groups: tiers } = await store.getMetricBreakdown({
        ...tokens,
        name: ["tokens", "calls"],
        groupBy: ["tier"],
      });
      expect(tiers).toEqual([
        { dimensions: { tier: "gold" }, value: 2, estimatedCost: 0.5, costUnit: "usd" },
        { dimensions: { tier: null }, value: 1, estimatedCost: 0.25, costUnit: "usd" },
        { dimensions: { tier: "" }, value: 1, estimatedCost: 4, costUnit: "eur" },
      ]);
      const { groups: models } = await store.getMetricBreakdown({ ...tokens, groupBy: ["model"] });
      expect(models.map(({ dimensions, value }) => [dimensions.model, value])).toEqual([
        ["m1", 2],
        ["m2", 1],
      ]);
      const { series } = await store.getMetricTimeSeries({ ...tokens, name: ["calls", "tokens"], interval: "1m" });
      expect(series).toMatchObject([
        { name: "calls,tokens", costUnit: null, points: [{ value: 4, estimatedCost: 4.75 }] },
      ]);
      const byLabel = await store.getMetricTimeSeries({ ...tokens, interval: "1m", groupBy: ["tier", "name"] });
      expect(byLabel.series.map(({ name }) => name)).toEqual(["|tokens", "gold|tokens"]);
      const compared = await store.getMetricAggregate({
        ...tokens,
        comparePeriod: "previous_period",
        filters: { timestamp: { start: at(1), end: at(2) } },
      });
      expect(compared).toMatchObject({ value: 1, previousValue: 3, previousEstimatedCost: 0.75 });
    });

    test("scores and feedback: sources, and texts that are numbers", async () => {
      const store = await open();
      await store.batchCreateScores({
        scores: [
          { scoreId: "a", scorerId: "x", score: 1, scoreSource: "live", timestamp: at(0) },
          { scoreId: "b", scorerId: "x", score: 3, scoreSource: "manual", timestamp: at(0) },
        ],
      });
      const score = { scorerId: "x", aggregation: "sum" as const };
      expect(await store.getScoreAggregate(score)).toEqual({ value: 4 });
      expect(await store.getScoreAggregate({ ...score, scoreSource: "live" })).toEqual({ value: 1 });
      const { series } = await store.getScoreTimeSeries({ ...score, scoreSource: "manual", interval: "5m" });
      expect(series).toEqual([{ name: "x|manual", points: [{ timestamp: expect.any(Date), value: 3 }] }]);
      const values = [4, " 5.5 ", "-1e1", "good", "5 stars", "", "0x10", "Infinity", ".5"];
      await store.batchCreateFeedback({
        feedbacks: values.map((value, index) => ({
          feedbackId: `f${index}`,
          feedbackType: "rating",
          value,
          timestamp: at(index),
          feedbackSource: "ui",
        })),
      });
      const rating = { feedbackType: "rating" };
      expect(await store.getFeedbackAggregate({ ...rating, aggregation: "sum" })).toEqual({ value: 0 });
      expect(await store.getFeedbackAggregate({ ...rating, aggregation: "count" })).toEqual({ value: 4 });
      expect(await store.getFeedbackAggregate({ ...rating, aggregation: "last", feedbackSource: "ui" })).toEqual({
        value: 0.5,
      });
      expect((await store.listFeedback({ filters: rating })).pagination?.total).toBe(9);
      expect((await store.listFeedback({ filters: rating })).feedback[0]).not.toHaveProperty("numeric");
    });

    test("names and labels of metrics, as they are now", async () => {
      const store = await open();
      await store.batchCreateMetrics({
        metrics: [
          { metricId: "a", name: "b.tokens", value: 1, labels: { model: "m2", tier: "" }, traceId: "t" },
          { metricId: "b", name: "b.tokens", value: 1, labels: { model: "m1", "é\0": "x" } },
          { metricId: "c", name: "a", value: 1, labels: { other: "o" } },
          { metricId: "d", name: "", value: 1 },
          { metricId: "e", name: "B", value: 1 },
        ],
      });
      expect(await store.getMetricNames()).toEqual({ names: ["B", "a", "b.tokens"] });
      expect(await store.getMetricNames({ prefix: "b" })).toEqual({ names: ["b.tokens"] });
      expect(await store.getMetricNames({ limit: 2 })).toEqual({ names: ["B", "a"] });
      const metricName = "b.tokens";
      expect(await store.getMetricLabelKeys({ metricName })).toEqual({ keys: ["model", "tier", "é\0"] });
      const values = (labelKey: string, more: object = {}) =>
        store.getMetricLabelValues({ metricName, labelKey, ...more });
      expect(await values("model")).toEqual({ values: ["m1", "m2"] });
      expect(await values("model", { prefix: "m", limit: 1 })).toEqual({ values: ["m1"] });
      expect(await values("tier")).toEqual({ values: [] });
      expect(await values("toString")).toEqual({ values: [] });
      expect(await store.getMetricLabelKeys({ metricName: "nothing" })).toEqual({ keys: [] });
      await expect(store.getMetricNames({ limit: 0 })).rejects.toMatchObject({ code: "invalid_argument" });
      await store.batchDeleteTraces({ traceIds: ["t"] });
      expect(await values("model")).toEqual({ values: ["m1"] });
    });
  });
}
