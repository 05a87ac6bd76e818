import { Data, stepId } from "./data.ts";
import type { Database, DatabaseKey } from "./database.ts";
import {
  agents,
  type FixtureKey,
  longThread,
  longTrace,
  run,
  runId,
  type Scale,
  scorerId,
  smallRun,
  threadId,
  wideRun,
  workflowName,
} from "./fixtures.ts";
import type { Subject } from "./subject.ts";

export interface Target {
  /** At least so many times as fast as the peer. Every operation has at least 1. */
  readonly peer: number;
}

/** One call of an operation: what it is given is made outside the measured time. */
export interface Call<Input = unknown, Result = unknown> {
  input(turn: number): Input;
  run(input: Input): Promise<Result>;
  /** Throws unless the answer is the one every variant must give. */
  check(result: Result): void;
}

/** Something a user does. */
export interface Operation {
  readonly key: string;
  readonly title: string;
  readonly fixture: FixtureKey;
  /** Measured calls. Three times as many come first: a server is past its start. */
  readonly turns: number;
  readonly target?: Target;
  /** Where it is measured. Default: on every database. */
  readonly databases?: readonly DatabaseKey[];
  call(subject: Subject, data: Data, scale: Scale): Call;
}

const expect = (what: string, actual: unknown, wanted: unknown): void => {
  if (actual !== wanted) throw new Error(`${what}: ${String(actual)} instead of ${String(wanted)}`);
};
const call = <Input, Result>(parts: Call<Input, Result>): Call => parts as Call;

const saveMessages =
  (count: number): Operation["call"] =>
  ({ memory }, data, scale) =>
    call({
      input: (turn) => {
        const id = threadId(turn % scale.threads);
        return data.messages({ id, resourceId: "user-1" }, count);
      },
      run: (messages) => memory.saveMessages({ messages }),
      check: ({ messages }) => expect("saved messages", messages.length, count),
    });

const lastMessages =
  (includeTotal: boolean): Operation["call"] =>
  ({ memory }, _data, scale) =>
    call({
      input: () => ({
        threadId: longThread.id,
        perPage: 40,
        orderBy: { field: "createdAt", direction: "DESC" } as const,
        // A total is what callers get who say nothing.
        ...(!includeTotal && { includeTotal }),
      }),
      run: (args) => memory.listMessages(args),
      check: ({ messages, total, hasMore }) => {
        expect("messages", messages.length, 40);
        expect("parts of a message", Array.isArray(messages[0]?.content.parts), true);
        expect("kind of date", messages[0]?.createdAt instanceof Date, true);
        expect("more", hasMore, true);
        if (includeTotal) expect("total", total, scale.longThread);
      },
    });

const stepResult =
  (steps: (scale: Scale) => number, runs: (scale: Scale) => number, atOnce = 1): Operation["call"] =>
  ({ workflows }, data, scale) =>
    call({
      input: (turn) =>
        Array.from({ length: atOnce }, (_, index) => ({
          workflowName,
          runId: runId(steps(scale), turn % runs(scale)),
          stepId: stepId((turn * atOnce + index) % steps(scale)),
          result: data.step(),
          requestContext: { locale: "en", turn },
        })),
      run: (all) => Promise.all(all.map((args) => workflows.updateWorkflowResults(args))),
      check: (contexts) => {
        for (const context of contexts) expect("entries of the context", Object.keys(context).length, steps(scale) + 1);
      },
    });

export const operations: readonly Operation[] = [
  { key: "save-2", title: "save 2 messages", fixture: "memory", turns: 300, call: saveMessages(2) },
  { key: "save-100", title: "save 100 messages", fixture: "memory", turns: 60, call: saveMessages(100) },
  {
    key: "last-40-total",
    title: "last 40 messages of 10,000, with total",
    fixture: "memory",
    turns: 150,
    call: lastMessages(true),
  },
  {
    key: "last-40",
    title: "last 40 messages of 10,000, without total",
    fixture: "memory",
    turns: 200,
    call: lastMessages(false),
  },
  {
    key: "thread-get",
    title: "get a thread",
    fixture: "memory",
    turns: 1500,
    call: ({ memory }, _data, scale) =>
      call({
        input: (turn) => ({ threadId: threadId(turn % scale.threads) }),
        run: (args) => memory.getThreadById(args),
        check: (thread) => expect("channel of the thread", thread?.metadata.channel, "web"),
      }),
  },
  {
    key: "thread-update",
    title: "update a thread",
    fixture: "memory",
    turns: 400,
    call: ({ memory }, data, scale) =>
      call({
        input: (turn) => ({
          id: threadId(turn % scale.threads),
          title: data.text(40),
          // What the memory of an agent keeps there.
          metadata: { workingMemory: data.text(400), mastra: { om: { currentTask: data.text(80), turn } } },
        }),
        run: (args) => memory.updateThread(args),
        check: (thread) => {
          expect("kept member of the metadata", thread.metadata.channel, "web");
          expect(
            "new member of the metadata",
            "lastObservedAt" in (thread.metadata.mastra as { om: object }).om,
            false,
          );
        },
      }),
  },
  {
    key: "run-persist",
    title: "persist a run of 1 to 10 steps",
    fixture: "workflows",
    turns: 200,
    call: ({ workflows }, data) => {
      // As the default engine does it: the whole snapshot after each step.
      const whole = data.snapshot("", run);
      return call({
        input: (turn) => {
          const id = `new-run-${Math.floor(turn / run)}`;
          const steps = (turn % run) + 1;
          const context = Object.fromEntries(Object.entries(whole.context).slice(0, steps + 1));
          return { workflowName, runId: id, snapshot: { ...whole, runId: id, context } };
        },
        run: (args) => workflows.persistWorkflowSnapshot(args),
        check: () => {},
      });
    },
  },
  {
    key: "run-load",
    title: "load a run of 10 steps",
    fixture: "workflows",
    turns: 400,
    call: ({ workflows }, _data, scale) =>
      call({
        input: (turn) => ({ workflowName, runId: runId(run, turn % scale.runs) }),
        run: (args) => workflows.loadWorkflowSnapshot(args),
        check: (snapshot) => expect("entries of the context", Object.keys(snapshot?.context ?? {}).length, run + 1),
      }),
  },
  {
    key: "step-small",
    title: "one step result, run of 3 steps",
    fixture: "workflows",
    turns: 300,
    call: stepResult(
      () => smallRun,
      (scale) => scale.runs,
    ),
  },
  {
    key: "step-200",
    title: "one step result, run of 200 steps",
    fixture: "workflows",
    turns: 60,
    target: { peer: 3 },
    call: stepResult(
      (scale) => scale.longRun,
      () => 1,
    ),
  },
  {
    key: "steps-16",
    title: "16 step results at once",
    fixture: "workflows",
    turns: 60,
    target: { peer: 5 },
    call: stepResult(
      () => wideRun,
      (scale) => scale.runs,
      16,
    ),
  },
  {
    key: "spans-100",
    title: "save 100 spans",
    fixture: "observability",
    turns: 60,
    call: ({ observability }, data) =>
      call({
        input: () => data.trace(100),
        run: (records) => observability.batchCreateSpans({ records }),
        check: () => {},
      }),
  },
  {
    key: "span",
    title: "save one span",
    fixture: "observability",
    turns: 300,
    call: ({ observability }, data) => {
      let spans = data.trace(10);
      return call({
        input: (turn) => {
          if (turn % 10 === 0) spans = data.trace(10);
          return spans[turn % 10]!;
        },
        run: (span) => observability.createSpan({ span }),
        check: () => {},
      });
    },
  },
  {
    key: "spans-64",
    title: "save 64 spans at once",
    fixture: "observability",
    turns: 40,
    target: { peer: 10 },
    call: ({ observability }, data) =>
      call({
        input: () => data.trace(64),
        run: (spans) => Promise.all(spans.map((span) => observability.createSpan({ span }))),
        check: () => {},
      }),
  },
  {
    key: "agents-32",
    title: "32 agents at once, a whole turn each",
    fixture: "agents",
    turns: 15,
    target: { peer: 4 },
    databases: ["pg"],
    call: ({ memory, workflows, observability }, data) =>
      call({
        input: (turn) =>
          Array.from({ length: agents }, (_, index) => ({
            thread: { id: threadId(index), resourceId: `user-${index}` },
            messages: data.messages({ id: threadId(index), resourceId: `user-${index}` }, 2),
            result: {
              workflowName,
              runId: runId(run, index),
              stepId: stepId(turn % run),
              result: data.step(),
              requestContext: { locale: "en", turn },
            },
            spans: data.trace(6),
          })),
        run: (turns) =>
          Promise.all(
            turns.map(async ({ thread, messages, result, spans }) => {
              await memory.getThreadById({ threadId: thread.id });
              const page = await memory.listMessages({
                threadId: thread.id,
                perPage: 20,
                orderBy: { field: "createdAt", direction: "DESC" },
                includeTotal: false,
              });
              await memory.saveMessages({ messages });
              await workflows.updateWorkflowResults(result);
              await observability.batchCreateSpans({ records: spans });
              return page.messages.length;
            }),
          ),
        check: (loaded) => {
          for (const count of loaded) expect("messages loaded", count, 20);
        },
      }),
  },
  {
    key: "trace-get",
    title: "get a trace of 100 spans",
    fixture: "observability",
    turns: 100,
    call: ({ observability }, _data, scale) =>
      call({
        input: () => ({ traceId: longTrace }),
        run: (args) => observability.getTrace(args),
        check: (trace) => {
          expect("spans", trace?.spans.length, scale.longTrace);
          expect("kind of input", typeof trace?.spans[0]?.input, "object");
          expect("kind of date", trace?.spans[0]?.startedAt instanceof Date, true);
        },
      }),
  },
  {
    key: "traces-list",
    title: "list 20 of 2,000 traces",
    fixture: "observability",
    turns: 150,
    call: ({ observability }, _data, scale) =>
      call({
        input: () => ({ pagination: { page: 0, perPage: 20 } }),
        run: (args) => observability.listTraces(args),
        check: ({ spans, pagination }) => {
          expect("traces", spans.length, 20);
          expect("no trace missing", (pagination?.total ?? 0) >= scale.traces, true);
        },
      }),
  },
  {
    key: "score-save",
    title: "save a score",
    fixture: "scores",
    turns: 300,
    call: ({ scores }, data) =>
      call({
        input: () => data.score(scorerId),
        run: (score) => scores.saveScore(score),
        check: ({ score }) => expect("scorer", score.scorerId, scorerId),
      }),
  },
  {
    key: "scores-list",
    title: "list 20 of 1,000 scores",
    fixture: "scores",
    turns: 200,
    call: ({ scores }, _data, scale) =>
      call({
        input: () => ({ scorerId, pagination: { page: 0, perPage: 20 } }),
        run: (args) => scores.listScoresByScorerId(args),
        check: ({ scores: found, pagination }) => {
          expect("scores", found.length, 20);
          expect("kind of input", typeof found[0]?.input, "object");
          expect("no score missing", pagination.total >= scale.scores, true);
        },
      }),
  },
];

export const operationsOn = ({ key, fixtures }: Pick<Database, "key" | "fixtures">): Operation[] =>
  operations.filter(
    ({ databases, fixture }) => (databases ?? [key]).includes(key) && (fixtures ?? [fixture]).includes(fixture),
  );

export const operationByKey = new Map(operations.map((operation) => [operation.key, operation]));

/**
 * New data for a trial: the same for each variant, newer than what the store was filled with, and not that of another round,
 * which the store may hold.
 */
export const trialData = (operation: Operation, round = 0): Data =>
  new Data(1000 * (round + 1) + operations.indexOf(operation), 30 + round);
