import { ConflictError, isConflict } from "../errors.ts";
import { pause, turn } from "./call.ts";
import type { CallOptions, Engine } from "./engine.ts";
import { encodeTuple } from "./keys.ts";
import { get, type Key, type WriteOp, type WriteResult } from "./operations.ts";
import type { StoredRow, Table } from "./table.ts";

/** What to write, or `undefined` for "nothing to do", and what the caller gets back. */
export interface Change<Result> {
  /** The operations of one atomic batch. Those that rest on the row read must expect its revision. */
  readonly write?: readonly WriteOp[];
  /** What {@link modify} resolves with once the batch is durable. */
  readonly result: Result | ((results: readonly WriteResult[]) => Result);
}

const attempts = 24;
const queues = new WeakMap<Engine, Map<string, Promise<unknown>>>();

/**
 * Read-modify-write of one record: reads it, lets `change` compute a batch that expects the revision read, and starts again
 * when somebody else was faster. Calls of one process on one record queue up instead of racing. `change` may run more than
 * once and must be pure; what it throws rejects the call and nothing is written.
 *
 * @throws ConflictError when the record was still changing after two dozen tries, with `retry: "exhausted"` and the last
 * refusal.
 */
export function modify<T extends Table, Result>(
  engine: Engine,
  table: T,
  key: Key,
  change: (row: StoredRow<T> | undefined, rev: number) => Change<Result> | Promise<Change<Result>>,
  options: CallOptions = {},
): Promise<Result> {
  return modifyBy(
    engine,
    `${table.name}/${encodeTuple(key)}`,
    async () => {
      const [{ rows }] = await engine.read([get(table, [key])], options);
      const row = rows[0] as StoredRow<T> | undefined;
      return change(row, row?._rev ?? 0);
    },
    options,
  );
}

/**
 * The general form of {@link modify}: `attempt` reads what it needs and returns the batch. `scope` names what the calls of
 * one process must queue on.
 */
export async function modifyBy<Result>(
  engine: Engine,
  scope: string,
  attempt: (tries: number) => Promise<Change<Result>>,
  options: CallOptions = {},
): Promise<Result> {
  return inOrder(engine, scope, async () => {
    for (let tries = 0; ; tries++) {
      const start = performance.now();
      const { write, result } = await attempt(tries);
      try {
        const results = write?.length ? await engine.write(write, options) : [];
        return typeof result === "function" ? (result as (results: readonly WriteResult[]) => Result)(results) : result;
      } catch (error) {
        if (!isConflict(error)) throw error;
        if (tries + 1 >= attempts) throw exhausted(error);
        await pause(turn(tries, performance.now() - start), options);
      }
    }
  });
}

/** Runs tasks of one scope one after the other, in the order of the calls. A failing task does not stop the next. */
async function inOrder<Result>(engine: Engine, scope: string, task: () => Promise<Result>): Promise<Result> {
  let scopes = queues.get(engine);
  if (!scopes) queues.set(engine, (scopes = new Map()));
  const before = scopes.get(scope);
  const run = before ? before.then(task, task) : task();
  scopes.set(scope, run);
  try {
    return await run;
  } finally {
    if (scopes.get(scope) === run) scopes.delete(scope);
  }
}

const exhausted = (error: ConflictError): ConflictError =>
  new ConflictError(error.refusal, { retry: "exhausted", cause: error });
