import type { Span } from "../data.ts";
import { median } from "../statistics.ts";
import { days, durationMetric, firstDay, longTraceId, modelNames, TraceGenerator } from "./generator.ts";
import { type ListArgs, type OpenedTraceStore, type TraceDatabaseKey, traceDatabases } from "./subjects.ts";

export interface ScaleTask {
  database: TraceDatabaseKey;
  place: string;
  spans: number;
  longTrace: number;
}

export interface Reading {
  readonly name: string;
  /** Of a call, in milliseconds. */
  readonly time: number;
  /** Rows that the database read for a call, where it says so. */
  readonly rows: number | undefined;
  /** What came: traces, spans or points. */
  readonly found: number;
}

export interface Stage {
  readonly spans: number;
  readonly traces: number;
  /** Seconds that writing took since the stage before. */
  readonly fill: number;
  readonly readings: readonly Reading[];
}

const turns = 5;

/** Fills a place with Stowage and reads from it at a tenth of the spans and at all of them. */
export async function scale(task: ScaleTask): Promise<Stage[]> {
  const database = traceDatabases[task.database];
  await database.prepare?.(task.place);
  const opened = await database.variants.stowage!.open(task.place);
  const generator = new TraceGenerator({ spans: task.spans, longTrace: task.longTrace });
  const stages: Stage[] = [];
  const total = { spans: 0, traces: 0 };
  let example: Span | undefined;
  for (const goal of [Math.ceil(task.spans / 10), task.spans]) {
    const begin = performance.now();
    const writer = async () => {
      while (total.spans < goal) {
        const records = generator.batch(1000);
        total.spans += records.length;
        total.traces += records.filter(({ parentSpanId }) => parentSpanId === null).length;
        example ??= records[0];
        await opened.store.batchCreateSpans({ records });
        await opened.store.batchCreateMetrics({ metrics: TraceGenerator.metrics(records) });
      }
    };
    await Promise.all([writer(), writer(), writer(), writer()]);
    const fill = (performance.now() - begin) / 1000;
    await database.settle?.(task.place);
    const readings: Reading[] = [];
    let counter = await database.rowsRead?.(task.place);
    for (const question of questions(opened, example as Span)) {
      const { reading, after } = await read(task, question, counter);
      readings.push(reading);
      counter = after;
    }
    stages.push({ ...total, fill, readings });
  }
  await opened.close();
  return stages;
}

interface Question {
  readonly name: string;
  ask(): Promise<number>;
}

function questions({ store }: OpenedTraceStore, example: Span): Question[] {
  const list = (name: string, args: Partial<ListArgs>): Question => ({
    name: `20 traces: ${name}`,
    ask: async () => (await store.listTraces({ pagination: { page: 0, perPage: 20 }, ...args })).spans.length,
  });
  const filtered = (name: keyof Span) => list(`by ${name}`, { filters: { [name]: example[name] } });
  // Within the first tenth, which both stages have.
  const day = (from: number, to: number) => ({
    start: new Date(firstDay + from * 86_400_000),
    end: new Date(firstDay + to * 86_400_000),
  });
  return [
    list("newest", {}),
    list("newest, without total", { includeTotal: false }),
    list("by end", { orderBy: { field: "endedAt", direction: "DESC" } }),
    list("by end, without total", { orderBy: { field: "endedAt", direction: "DESC" }, includeTotal: false }),
    list("within an hour", { filters: { startedAt: day(1, 1 + 1 / 24) } }),
    list("failed", { filters: { status: "error" } }),
    list("failed, without total", { filters: { status: "error" }, includeTotal: false }),
    list("with a failed tool", { filters: { hasChildError: true } }),
    list("of an agent", { filters: { entityType: "agent", entityName: example.entityName } }),
    filtered("userId"),
    filtered("organizationId"),
    filtered("threadId"),
    filtered("sessionId"),
    filtered("runId"),
    filtered("environment"),
    list("by tags", { filters: { tags: ["support", "staging"] } }),
    list("by tags, without total", { filters: { tags: ["support", "staging"] }, includeTotal: false }),
    list("by metadata", { filters: { metadata: { customer: "tier-1" } } }),
    list("by metadata, without total", { filters: { metadata: { customer: "tier-1" } }, includeTotal: false }),
    {
      name: "a trace of 2,000 spans",
      ask: async () => (await store.getTrace({ traceId: longTraceId }))?.spans.length ?? 0,
    },
    {
      name: "hourly p95 by model, 30 days",
      async ask() {
        let points = 0;
        for (const model of modelNames) {
          const { series } = await store.getMetricPercentiles({
            name: [durationMetric],
            percentiles: [0.95],
            interval: "1h",
            filters: { model, timestamp: day(0, days + 1) },
          });
          points += series[0]?.points.length ?? 0;
        }
        return points;
      },
    },
  ];
}

/** Times a question, and has the rows that were read for it shared out among the calls. */
async function read({ database, place }: ScaleTask, { name, ask }: Question, before: number | undefined) {
  const found = await ask();
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const begin = performance.now();
    await ask();
    times.push(performance.now() - begin);
  }
  const after = await traceDatabases[database].rowsRead?.(place);
  const rows = before === undefined || after === undefined ? undefined : (after - before) / (turns + 1);
  return { reading: { name, time: median(times), rows, found } satisfies Reading, after };
}
