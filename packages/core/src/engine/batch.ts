import type { WriteOptions } from "./engine.ts";
import { describeKey, encodeTuple } from "./keys.ts";
import type { RemoveRange, Walk, WriteOp } from "./operations.ts";
import { keyOf, pathOf } from "./table.ts";

/**
 * Refuses a batch that no engine can apply with one meaning. Every engine calls it before it writes.
 *
 * @throws TypeError when a record is changed twice, a patch touches a key column, an insert carries an expectation, or the
 * bulk form has something else than upserts without `keep` and removals, both without expectations.
 */
export function checkBatch(ops: readonly WriteOp[], { atomic = true }: WriteOptions = {}): void {
  const changed = ops.length > 1 ? new Set<string>() : undefined;
  for (const op of ops) {
    if (!atomic && !isUnconditional(op)) {
      throw new TypeError(`table ${op.table.name}: the bulk form takes upserts and removals without conditions only`);
    }
    if (op.op === "check") continue;
    if (op.op === "patch") {
      for (const column of op.table.key) {
        if ((op.set && Object.hasOwn(op.set, column)) || (op.raise && Object.hasOwn(op.raise, column))) {
          throw new TypeError(`table ${op.table.name}: a patch cannot change the key column ${column}`);
        }
      }
    }
    if (op.op === "put" && op.mode !== "upsert" && op.expect !== undefined) {
      throw new TypeError(`table ${op.table.name}: only an upsert carries an expectation`);
    }
    if (!changed) continue;
    const key = op.op === "put" ? keyOf(op.table, op.row) : op.key;
    const id = `${op.table.name}/${encodeTuple(key)}`;
    if (changed.has(id))
      throw new TypeError(`table ${op.table.name}: one batch changes the record ${describeKey(key)} twice`);
    changed.add(id);
  }
}

const isUnconditional = (op: WriteOp): boolean =>
  op.expect === undefined && (op.op === "remove" || (op.op === "put" && op.mode === "upsert" && !op.keep?.length));

/** Refuses a walk that leaves out an equality column of its path. @throws TypeError naming table, path and column. */
export function checkWalk(walk: Walk | RemoveRange): void {
  if (walk.path === undefined) return;
  for (const column of pathOf(walk.table, walk.path).eq) {
    const value = walk.eq?.[column];
    if (value === undefined || value === null) {
      throw new TypeError(`table ${walk.table.name}: a walk of ${walk.path} needs a value for ${column}`);
    }
  }
}
