import { Data, type Message } from "./data.ts";
import type { Subject } from "./subject.ts";

/** How much the stores are filled with. */
export interface Scale {
  readonly threads: number;
  readonly longThread: number;
  readonly longRun: number;
  readonly runs: number;
  readonly traces: number;
  readonly longTrace: number;
  readonly scores: number;
  /** Messages in the growing thread, stage by stage. */
  readonly history: readonly number[];
  /** At which stage the thread is exported. */
  readonly exported: number;
  /** Agent loops and steps of one, for bytes on disk. */
  readonly loops: number;
  readonly loopSteps: number;
}

export const fullScale: Scale = {
  threads: 1000,
  longThread: 10_000,
  longRun: 200,
  runs: 50,
  traces: 2000,
  longTrace: 100,
  scores: 1000,
  history: [1000, 10_000, 100_000, 1_000_000],
  exported: 100_000,
  loops: 10,
  loopSteps: 30,
};

export const quickScale: Scale = {
  threads: 4,
  longThread: 50,
  longRun: 20,
  runs: 2,
  traces: 25,
  longTrace: 100,
  scores: 25,
  history: [50, 100],
  exported: 100,
  loops: 1,
  loopSteps: 3,
};

export const scaleOf = ({ scale }: { readonly scale?: Scale }, quick: boolean): Scale =>
  quick ? quickScale : (scale ?? fullScale);

export const workflowName = "support-desk";
export const threadId = (index: number): string => `thread-${index}`;
export const longThread = { id: "long-thread", resourceId: "user-1" };
export const longTrace = "f".repeat(32);
export const scorerId = "faithfulness";
/** Runs of the store by their number of steps. */
export const runId = (steps: number, index: number): string => `run-${steps}-${index}`;
export const smallRun = 3;
export const run = 10;
export const wideRun = 16;
export const agents = 32;

/** What a store holds before a trial; each trial gets a copy. */
export const fixtures = {
  async memory({ memory }, scale) {
    const data = new Data(1);
    for (let index = 0; index < scale.threads; index++) {
      await memory.saveThread({ thread: data.thread(threadId(index)) });
    }
    await memory.saveThread({ thread: { ...data.thread(longThread.id), resourceId: longThread.resourceId } });
    for (let saved = 0; saved < scale.longThread; saved += 100) {
      await memory.saveMessages({ messages: data.messages(longThread, Math.min(100, scale.longThread - saved)) });
    }
  },

  async workflows({ workflows }, scale) {
    const data = new Data(2);
    const persist = (steps: number, index: number) =>
      workflows.persistWorkflowSnapshot({
        workflowName,
        runId: runId(steps, index),
        snapshot: data.snapshot(runId(steps, index), steps),
      });
    for (let index = 0; index < scale.runs; index++) {
      for (const steps of [smallRun, run, wideRun]) await persist(steps, index);
    }
    await persist(scale.longRun, 0);
  },

  async observability({ observability }, scale) {
    const data = new Data(3);
    await observability.batchCreateSpans({ records: data.trace(scale.longTrace, longTrace) });
    for (let index = 0; index < scale.traces - 1; index++) {
      await observability.batchCreateSpans({ records: data.trace(10) });
    }
  },

  async scores({ scores }, scale) {
    const data = new Data(4);
    for (let index = 0; index < scale.scores; index++) await scores.saveScore(data.score(scorerId));
  },

  /** Agents in the middle of their work: each has a thread of 40 messages and a run. */
  async agents({ memory, workflows }) {
    const data = new Data(7);
    for (let index = 0; index < agents; index++) {
      const thread = { ...data.thread(threadId(index)), resourceId: `user-${index}` };
      await memory.saveThread({ thread });
      await memory.saveMessages({ messages: data.messages(thread, 40) });
      const id = runId(run, index);
      await workflows.persistWorkflowSnapshot({ workflowName, runId: id, snapshot: data.snapshot(id, run) });
    }
  },

  async empty() {},
} satisfies Record<string, (subject: Subject, scale: Scale) => Promise<void>>;

export type FixtureKey = keyof typeof fixtures;

export const historyThread = { id: "history", resourceId: "user-1" };

/** Lets the thread of the history grow from so many messages to so many, of 0.5 to 1 KB. */
export async function growHistory({ memory }: Subject, from: number, to: number): Promise<void> {
  const data = new Data(100 + from, 1 + Math.log10(from + 1));
  if (from === 0) await memory.saveThread({ thread: { ...data.thread(historyThread.id), ...historyThread } });
  // Text is costly to make: messages take turns with 500 of them.
  const models = data.messages(historyThread, 500, 0.4);
  for (let saved = from; saved < to; saved += models.length) {
    const messages = models
      .slice(0, to - saved)
      .map((model): Message => ({ ...model, id: data.uuid(), createdAt: new Date(data.time()) }));
    await memory.saveMessages({ messages });
  }
}
