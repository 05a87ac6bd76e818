import { compareTuples } from "../../../engine/compare.ts";
import { readInstant } from "../../shared/values.ts";
import { refused } from "../conditions.ts";
import type { RollupKeeper } from "./keeper.ts";
import { slotLength, slotOf } from "./marks.ts";
import { Sketch } from "./sketch.ts";
import { CallTally, type StoredGroup } from "./slot.ts";
import {
  type RollupArgs,
  type RollupDimension,
  type RollupPercentile,
  type RollupRow,
  rollupDimensions,
} from "./types.ts";

const intervals = { "15m": slotLength, "1h": 4 * slotLength, "1d": 96 * slotLength };
const ofModel: ReadonlySet<RollupDimension> = new Set(["provider", "model"]);

interface Question {
  readonly from: number;
  readonly to: number;
  readonly interval: number | undefined;
  readonly groupBy: readonly RollupDimension[];
  readonly filters: readonly (readonly [RollupDimension, string | null])[];
  readonly percentiles: readonly number[];
  readonly isByModel: boolean;
}

/** Rows by bucket, then by the values of `groupBy`, null first. @throws StorageError `INVALID_ARGUMENT` */
export async function readRollups(keeper: RollupKeeper, a: unknown): Promise<{ rows: RollupRow[] }> {
  const question = read(a);
  const rows = new Map<string, RowTally>();
  for (const [slot, groups] of await keeper.read(question)) {
    const bucket = question.interval === undefined ? null : Math.floor(slot / question.interval) * question.interval;
    for (const group of groups) addGroup(rows, question, bucket, group);
  }
  const ordered = [...rows.values()].sort((a, b) => compareTuples([a.bucket, ...a.tuple], [b.bucket, ...b.tuple]));
  return { rows: ordered.map((row) => row.result(question)) };
}

function addGroup(
  rows: Map<string, RowTally>,
  { groupBy, filters, isByModel }: Question,
  bucket: number | null,
  group: StoredGroup,
): void {
  const models = isByModel ? group.models : [{ provider: null, model: null }];
  models.forEach((model, index) => {
    const place = { ...group, provider: model.provider, model: model.model };
    if (filters.some(([name, value]) => place[name] !== value)) return;
    const tuple = groupBy.map((name) => place[name]);
    const key = JSON.stringify([bucket, tuple]);
    const row = rows.get(key) ?? new RowTally(bucket, tuple);
    rows.set(key, row);
    if (!isByModel) row.addTraces(group);
    row.addCalls(isByModel ? group.models.slice(index, index + 1) : group.models);
  });
}

class RowTally {
  readonly bucket: number | null;
  readonly tuple: readonly (string | null)[];
  private traces = 0;
  private traceErrors = 0;
  private spans = 0;
  private readonly durations = new Sketch();
  private readonly calls = new CallTally();

  constructor(bucket: number | null, tuple: readonly (string | null)[]) {
    this.bucket = bucket;
    this.tuple = tuple;
  }

  addTraces({ traces, traceErrors, spans, durations }: StoredGroup): void {
    this.traces += traces;
    this.traceErrors += traceErrors;
    this.spans += spans;
    this.durations.addAll(durations);
  }

  addCalls(models: StoredGroup["models"]): void {
    for (const { provider: _provider, model: _model, durations, ...calls } of models) this.calls.add(calls, durations);
  }

  result({ groupBy, percentiles, isByModel }: Question): RollupRow {
    const of = (sketch: Sketch): RollupPercentile[] =>
      percentiles.map((percentile) => ({ percentile, value: sketch.quantile(percentile) }));
    return {
      bucket: this.bucket === null ? null : new Date(this.bucket),
      dimensions: Object.fromEntries(groupBy.map((name, index) => [name, this.tuple[index] ?? null])),
      traces: isByModel ? null : this.traces,
      traceErrors: isByModel ? null : this.traceErrors,
      spans: isByModel ? null : this.spans,
      traceDurations: isByModel ? null : of(this.durations),
      callDurations: of(this.calls.durations),
      ...this.calls.sums,
    };
  }
}

function read(a: unknown): Question {
  const { from, to, interval, groupBy = [], filters, percentiles = [0.5, 0.95] } = (a ?? {}) as Partial<RollupArgs>;
  const start = readInstant(from)?.getTime();
  const end = readInstant(to)?.getTime();
  if (start === undefined) throw refused("from", "must be a time");
  if (end === undefined) throw refused("to", "must be a time");
  if (interval !== undefined && !Object.hasOwn(intervals, interval)) throw refused("interval", "must be 15m, 1h or 1d");
  const isDimension = (name: unknown): name is RollupDimension => rollupDimensions.includes(name as RollupDimension);
  if (!Array.isArray(groupBy) || !groupBy.every(isDimension)) {
    throw refused("groupBy", `must be a list of ${rollupDimensions.join(", ")}`);
  }
  const conditions = Object.entries(filters ?? {}).filter((entry) => entry[1] !== undefined);
  for (const [name, value] of conditions) {
    if (!isDimension(name)) throw refused(`filters.${name}`, "is no dimension of rollups");
    if (value !== null && typeof value !== "string") throw refused(`filters.${name}`, "must be a string or null");
  }
  const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
  if (!Array.isArray(percentiles) || !percentiles.every(isShare)) {
    throw refused("percentiles", "must be a list of numbers from 0 to 1");
  }
  const names = [...groupBy, ...conditions.map(([name]) => name as RollupDimension)];
  return {
    from: slotOf(start),
    to: -slotOf(-end),
    interval: interval && intervals[interval],
    groupBy,
    filters: conditions as [RollupDimension, string | null][],
    percentiles,
    isByModel: names.some((name) => ofModel.has(name)),
  };
}
