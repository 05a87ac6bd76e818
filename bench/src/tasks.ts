import { countedRoundTrips, countRoundTrips } from "@stowage/testkit/engines";
import { Data, type JsonObject, type Snapshot, type Span, stepId } from "./data.ts";
import type { DatabaseKey } from "./database.ts";
import { databases } from "./databases/index.ts";
import {
  type FixtureKey,
  fixtures,
  growHistory,
  historyThread,
  runId,
  type Scale,
  scaleOf as scaleFor,
  threadId,
  workflowName,
} from "./fixtures.ts";
import { operationByKey, trialData } from "./operations.ts";
import { mean, median, quantile } from "./statistics.ts";
import type { Subject, VariantKey } from "./subject.ts";
import { ingest } from "./traces/ingest.ts";
import { scale } from "./traces/scale.ts";

interface Task {
  database: DatabaseKey;
  variant: VariantKey;
  place: string;
  quick: boolean;
}

/** Times of one trial in milliseconds. */
export interface Times {
  median: number;
  mean: number;
  p95: number;
  turns: number;
  /** Round trips of a call; the median of all. */
  roundTrips: number;
}

const scaleOf = ({ database, quick }: Task): Scale => scaleFor(databases[database], quick);

async function using<Result>(
  { database, variant, place }: Task,
  use: (subject: Subject) => Promise<Result>,
): Promise<Result> {
  await databases[database].prepare?.(place);
  const subject = await databases[database].variants[variant]!.open(place);
  try {
    return await use(subject);
  } finally {
    await subject.close();
  }
}

const settle = async ({ database, place }: Task): Promise<void> => databases[database].settle?.(place);

const times = (values: number[], trips: number[]): Times => ({
  median: median(values),
  mean: mean(values),
  p95: quantile(values, 0.95),
  turns: values.length,
  roundTrips: median(trips),
});

/** Each runs in a process of its own. */
export const tasks = {
  ingest,
  scale,

  /** Fills a new place. */
  async fill(task: Task & { fixture: FixtureKey }): Promise<void> {
    await using(task, (subject) => fixtures[task.fixture](subject, scaleOf(task)));
    await settle(task);
  },

  /** Measures an operation on a copy of a filled place. */
  async measure(task: Task & { operation: string; round: number }): Promise<Times> {
    const operation = operationByKey.get(task.operation)!;
    countRoundTrips();
    return using(task, async (subject) => {
      const call = operation.call(subject, trialData(operation, task.round), scaleOf(task));
      const { divisor, most } = databases[task.database].slow ?? { divisor: 1, most: Number.POSITIVE_INFINITY };
      const wanted = Math.max(10, Math.round(operation.turns / divisor));
      const turns = task.quick ? 1 : wanted;
      const warmUp = wanted * 3;
      // The turns of a round are its own: runs are called after them.
      const first = warmUp + task.round * 1_000_000;
      const measured: number[] = [];
      const trips: number[] = [];
      let since = performance.now();
      for (let turn = task.quick ? 0 : -warmUp; turn < turns; turn++) {
        if (performance.now() - since > most) {
          if (measured.length >= 3) break;
          if (turn < 0) turn = 0;
        }
        if (turn === 0) since = performance.now();
        const input = call.input(turn + first);
        const asked = countedRoundTrips();
        const begin = performance.now();
        const result = await call.run(input);
        if (turn >= 0) {
          measured.push(performance.now() - begin);
          trips.push(countedRoundTrips() - asked);
        }
        call.check(result);
      }
      return times(measured, trips);
    });
  },

  async grow(task: Task & { from: number; to: number }): Promise<void> {
    await using(task, (subject) => growHistory(subject, task.from, task.to));
    await settle(task);
  },

  /** The newest page of the history. */
  async page(task: Task & { includeTotal: boolean }): Promise<Times> {
    countRoundTrips();
    return using(task, async ({ memory }) => {
      const measured: number[] = [];
      const trips: number[] = [];
      const end = performance.now() + (task.quick ? 0 : 1500);
      for (let turn = task.quick ? 0 : -20; turn < 1 || (performance.now() < end && turn < 300); turn++) {
        const asked = countedRoundTrips();
        const begin = performance.now();
        await memory.listMessages({
          threadId: historyThread.id,
          perPage: 40,
          orderBy: { field: "createdAt", direction: "DESC" },
          ...(!task.includeTotal && { includeTotal: false }),
        });
        if (turn < 0) continue;
        measured.push(performance.now() - begin);
        trips.push(countedRoundTrips() - asked);
      }
      return times(measured, trips);
    });
  },

  /** Pages through the whole history, and what that takes beyond the memory of the opened store. */
  async export(task: Task & { messages: number }): Promise<{ time: number; heap: number; rss: number }> {
    return using(task, async ({ memory }) => {
      const page = (index: number) =>
        memory.listMessages({ threadId: historyThread.id, page: index, perPage: 1000, includeTotal: false });
      await page(0);
      globalThis.gc?.();
      const before = process.memoryUsage();
      let { rss, heapUsed } = before;
      let seen = 0;
      const begin = performance.now();
      for (let index = 0, more = true; more; index++) {
        const { messages, hasMore } = await page(index);
        seen += messages.length;
        more = hasMore;
        const now = process.memoryUsage();
        rss = Math.max(rss, now.rss);
        heapUsed = Math.max(heapUsed, now.heapUsed);
      }
      const time = performance.now() - begin;
      if (seen !== task.messages) throw new Error(`exported ${seen} messages instead of ${task.messages}`);
      return { time, heap: heapUsed - before.heapUsed, rss: rss - before.rss };
    });
  },

  /** From nothing to the first answer, where the schema is made already. */
  async start(task: Task): Promise<{ load: number; open: number }> {
    const begin = performance.now();
    const variant = databases[task.database].variants[task.variant]!;
    await variant.load();
    const loaded = performance.now();
    const subject = await variant.open(task.place);
    const thread = await subject.memory.getThreadById({ threadId: threadId(0) });
    const answered = performance.now();
    await subject.close();
    if (!thread) throw new Error("the first read found nothing");
    return { load: loaded - begin, open: answered - loaded };
  },

  /** Bytes that one step result on the long run adds to the write-ahead log. */
  async stepBytes(task: Task): Promise<{ bytes: number | null }> {
    const { longRun } = scaleOf(task);
    return using(task, async ({ workflows }) => {
      const data = new Data(5, 30);
      const save = (step: number) =>
        workflows.updateWorkflowResults({
          workflowName,
          runId: runId(longRun, 0),
          stepId: stepId(step % longRun),
          result: data.step(),
          requestContext: {},
        });
      await save(0);
      const written = async () => databases[task.database].written?.(task.place);
      const [before, saves] = [await written(), 4];
      for (let step = 1; step <= saves; step++) await save(step);
      const after = await written();
      // A log that began anew in between says nothing.
      if (!before || before.log !== after?.log) return { bytes: null };
      return { bytes: (after.bytes - before.bytes) / saves };
    });
  },

  /** An agent that loops: messages, spans that repeat the growing message list, and its run persisted after each step. */
  async agentLoops(task: Task): Promise<{ bytes: number }> {
    const { loops, loopSteps } = scaleOf(task);
    await using(task, async () => {});
    await settle(task);
    const size = async () => (await databases[task.database].size?.(task.place)) ?? 0;
    const before = await size();
    await using(task, async (subject) => {
      const data = new Data(6);
      for (let loop = 0; loop < loops; loop++) await agentLoop(subject, data, loopSteps);
    });
    await settle(task);
    return { bytes: ((await size()) - before) / loops };
  },
};

export type Tasks = typeof tasks;
export type TaskName = keyof Tasks;

async function agentLoop({ memory, workflows, observability }: Subject, data: Data, steps: number): Promise<void> {
  const thread = data.thread();
  await memory.saveThread({ thread });
  const traceId = data.hex(32);
  const root = data.span(traceId);
  const runId = data.uuid();
  const conversation: JsonObject[] = [
    { role: "system", content: data.text(2000) },
    { role: "user", content: data.text(600) },
  ];
  await observability.batchCreateSpans({ records: [{ ...root, endedAt: null, output: null }] });
  for (let step = 0; step < steps; step++) {
    const input = { messages: [...conversation] };
    const [call, result] = data.messages(thread, 2);
    conversation.push(
      { role: "assistant", content: call!.content.parts },
      { role: "tool", content: result!.content.parts },
    );
    await memory.saveMessages({ messages: [call!, result!] });
    const spans: Span[] = [
      {
        ...data.span(traceId, step, root.spanId),
        spanType: "model_step",
        input,
        output: { message: conversation.at(-2) },
      },
      { ...data.span(traceId, step, root.spanId), spanType: "tool_call" },
    ];
    await observability.batchCreateSpans({ records: spans });
    const snapshot: Snapshot = data.snapshot(runId, 0);
    const at = data.time();
    snapshot.context = {
      input: { messageListState: { messages: conversation, memoryInfo: { threadId: thread.id } } },
      "llm-execution": {
        status: "success",
        payload: { messages: input.messages },
        output: { messages: conversation },
        startedAt: at,
        endedAt: at + 1000,
      },
    };
    await workflows.persistWorkflowSnapshot({ workflowName: "agentic-loop", runId, snapshot });
  }
  await observability.batchCreateSpans({ records: [{ ...root, output: { text: data.text(800) } }] });
}
