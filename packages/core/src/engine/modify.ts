import { ConflictError, isConflict } from "../errors.ts";
import { keyOfOp, nextRow } from "./apply.ts";
import { pause, turn } from "./call.ts";
import type { CallOptions, Engine } from "./engine.ts";
import { get, type Key, type WriteOp, type WriteResult } from "./operations.ts";
import { recentRows, recordName } from "./recent-rows.ts";
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
 * A record that this process changed last is not read: the batch is computed from what was written then, and expects that
 * revision. If somebody has changed it since, the batch is refused and the record read after all. Where rows may expire each
 * is read.
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
  const name = recordName(table, key);
  // A row that has expired is gone for every reader, but may still have its revision.
  const recent = engine.capabilities.timeToLive ? undefined : recentRows(engine);
  const compute = async (row: StoredRow<T> | undefined): Promise<Change<Result>> => {
    const { write = [], result } = await change(row, row?._rev ?? 0);
    const keep = (results: readonly WriteResult[]) => {
      const left = rowAfter(write, results, table, name, row);
      if (left) recent?.keep(table, name, left);
      return resultOf(result, results);
    };
    return { write, result: keep };
  };
  const read = async () => {
    const [{ rows }] = await engine.read([get(table, [key])], options);
    return compute(rows[0] as StoredRow<T> | undefined);
  };
  return inOrder(engine, name, async () => {
    const known = recent?.take(name) as StoredRow<T> | undefined;
    // What the change makes of a row counts only when the batch insists on that row.
    const guess = known && (await compute(known).catch(() => undefined));
    if (!guess?.write?.some((op) => insistsOn(op, known as StoredRow, name)))
      return untilWritten(engine, read, options);
    try {
      return resultOf(guess.result, await engine.write(guess.write, options));
    } catch (error) {
      if (!isConflict(error)) throw error;
      recent?.distrust(name);
      return untilWritten(engine, read, options);
    }
  });
}

const insistsOn = (op: WriteOp, { _rev }: StoredRow, name: string): boolean =>
  typeof op.expect === "object" && op.expect.rev === _rev && recordName(op.table, keyOfOp(op)) === name;

/** The record as a batch has left it, where that follows from the batch and the row that it insists on. */
function rowAfter(
  ops: readonly WriteOp[],
  results: readonly WriteResult[],
  table: Table,
  name: string,
  before: StoredRow | undefined,
): StoredRow | undefined {
  const at = ops.findIndex((op) => op.op !== "check" && op.table === table && recordName(table, keyOfOp(op)) === name);
  const op = ops[at];
  const rev = results[at]?.rev;
  if (!op || op.op === "check" || !rev) return undefined;
  const isNew = op.op === "put" && (op.mode === "insert" || op.expect === "absent");
  const isSure = isNew || (before && insistsOn(op, before, name));
  const row = isSure ? nextRow(op, before) : undefined;
  return row && ({ ...row, _rev: rev } as StoredRow);
}

const resultOf = <Result>(result: Change<Result>["result"], results: readonly WriteResult[]): Result =>
  typeof result === "function" ? (result as (results: readonly WriteResult[]) => Result)(results) : result;

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
  return inOrder(engine, scope, () => untilWritten(engine, attempt, options));
}

async function untilWritten<Result>(
  engine: Engine,
  attempt: (tries: number) => Promise<Change<Result>>,
  options: CallOptions,
): Promise<Result> {
  for (let tries = 0; ; tries++) {
    const start = performance.now();
    const { write, result } = await attempt(tries);
    try {
      return resultOf(result, write?.length ? await engine.write(write, options) : []);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (tries + 1 >= attempts) throw exhausted(error);
      await pause(turn(tries, performance.now() - start), options);
    }
  }
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
