import { refused } from "../conditions.ts";
import { fieldValue } from "./fields.ts";
import { type Predicate, planOf, type ThreadQueryPlan } from "./plan.ts";
import { matchingTraces, type QueryRun, withRelated } from "./population.ts";
import { compile, compileTraceTest, relatedColumns, type TraceTest } from "./predicate.ts";
import { threadPage } from "./traces.ts";

/** Threads of which the condition holds, judged by those of their traces that are eligible. */
export async function queryThreads(run: QueryRun, given: unknown): Promise<object> {
  const plan = planOf(given) as unknown as ThreadQueryPlan;
  const { scope, where } = plan;
  const selection = { ...plan.traces, scope };
  const tests: TraceTest[] = [];
  const isWanted = compileThreadTest(where, tests);
  const wanted = relatedColumns(where);
  /** By thread: whether some eligible trace passes each test. */
  const threads = new Map<string, boolean[]>();
  const order = { field: "startedAt", isDescending: true } as const;
  let group: Parameters<typeof withRelated>[1][number][] = [];
  const judge = async () => {
    const cases = wanted.size > 0 && group.length > 0 ? await withRelated(run, group, wanted, scope) : group;
    for (const trace of cases) {
      const threadId = fieldValue("trace", trace.row, "threadId") as string;
      const passed = threads.get(threadId) ?? tests.map(() => false);
      threads.set(
        threadId,
        passed.map((before, index) => before || (tests[index] as TraceTest)(trace)),
      );
    }
    group = [];
  };
  for await (const trace of matchingTraces(run, selection, order)) {
    if (fieldValue("trace", trace.row, "threadId") === null) continue;
    group.push(trace);
    if (group.length >= 500) await judge();
  }
  await judge();
  const found = [...threads].filter(([, passed]) => isWanted(passed)).map(([threadId]) => threadId);
  const { threads: page, next } = threadPage(found, plan, "threads");
  return { threads: page, page: { next } };
}

/** Each clause about traces becomes a test of one trace; the condition looks at which of them some trace has passed. */
function compileThreadTest(where: Predicate | undefined, tests: TraceTest[]): (passed: readonly boolean[]) => boolean {
  if (!where) return () => true;
  return compile(where, (leaf) => {
    if (leaf.type !== "relation" || leaf.collection !== "traces") {
      throw refused("where", "of a thread may only name its traces");
    }
    const place = tests.push(compileTraceTest(leaf.predicate)) - 1;
    const isSome = leaf.quantifier === "some";
    return (passed) => passed[place] === isSome;
  });
}
