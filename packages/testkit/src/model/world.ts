import {
  type Engine,
  type EngineValue,
  type Expectation,
  encodeTuple,
  get,
  isConflict,
  type Key,
  keyOf,
  type ReadOp,
  type Row,
  type Table,
  type WriteOp,
} from "@stowage/core/engine";
import { pageOf, walkPages } from "../engine/access.ts";
import type { HopefulWrite, Step } from "./steps.ts";

/**
 * One engine living through the steps, in a scope of its own. What it tells about each step is free of its scope and its
 * revisions, so that two worlds can be compared; it watches over its revisions by itself.
 */
export class World {
  private readonly engine: Engine;
  private readonly scope: string;
  /** Every revision that a record has had, the latest last. */
  private readonly revisions = new Map<string, number[]>();

  constructor(engine: Engine, scope: string) {
    this.engine = engine;
    this.scope = scope;
  }

  /** Does a step and tells what came of it. @throws Error when a revision is not what it must be. */
  async live(step: Step): Promise<unknown> {
    switch (step.do) {
      case "write":
        return this.write(step.writes);
      case "bulk":
        return this.engine.write(
          step.writes.map((write) => this.inScope(write)),
          { atomic: false },
        );
      case "read":
        return this.read(step.reads);
      case "walk": {
        const pages = await walkPages(this.engine, this.walkInScope(step.walk), 200);
        return pages.map((rows) => rows.map((row) => this.tell(row)));
      }
      case "removeRange": {
        const range = this.walkInScope(step.range);
        for (let removed = 0; ; ) {
          const result = await this.engine.removeRange(range);
          if (result.removed > range.limit) throw new Error(`removed ${result.removed} rows of at most ${range.limit}`);
          removed += result.removed;
          if (result.done) return { removed };
          if (result.removed === 0) throw new Error("removed nothing and is not done");
        }
      }
    }
  }

  private async write(writes: readonly HopefulWrite[]): Promise<unknown> {
    const ops = writes.map(({ write }) => this.inScope(write));
    const before = await Promise.all(ops.map((op) => this.revisionOf(op)));
    const hopeful = ops.map((op, index) => this.withHope(op, writes[index]?.hope ?? "none", before[index] as number));
    let results: Awaited<ReturnType<Engine["write"]>>;
    try {
      results = await this.engine.write(hopeful);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const { index, table, reason, unique } = error.refusal;
      return { refused: { index, table, reason, unique } };
    }
    if (results.length !== ops.length) throw new Error(`${results.length} results for ${ops.length} operations`);
    for (const [index, { outcome, rev }] of results.entries()) {
      const op = ops[index] as WriteOp;
      const old = before[index] as number;
      if (outcome === "inserted" || outcome === "updated") this.noteRevision(op, rev);
      else if (outcome === "checked")
        expectOneOf(rev, [old, ...results.map((result) => result.rev)], "checked revision");
      else if (outcome === "skipped") expectEqual(rev, old, "skipped revision");
      else expectEqual(rev, 0, `${outcome} revision`);
    }
    return results.map(({ outcome }) => outcome);
  }

  private async read(reads: readonly ReadOp[]): Promise<unknown> {
    const ops = reads.map((op): ReadOp => {
      if (op.op === "get") return { ...op, keys: op.keys.map((key) => this.keyInScope(key)) };
      return this.walkInScope(op as never) as ReadOp;
    });
    const answers = (await this.engine.read(ops)) as unknown[];
    return Promise.all(
      ops.map(async (op, index) => {
        if (op.op === "find") {
          const { rows, end } = await pageOf(this.engine, op);
          return { rows: rows.map((row) => this.tell(row)), end };
        }
        if (op.op === "get") return (answers[index] as { rows: [] }).rows.map((row) => row && this.tell(row));
        return answers[index];
      }),
    );
  }

  /** A row without scope and revision. */
  private tell(row: Readonly<Record<string, EngineValue>>): unknown {
    const { scope, _rev, ...rest } = row;
    expectEqual(scope, this.scope, "scope");
    if (!Number.isSafeInteger(_rev)) throw new Error(`revision ${String(_rev)}`);
    return rest;
  }

  private async revisionOf(op: WriteOp): Promise<number> {
    const key = op.op === "put" ? keyOf(op.table, op.row) : op.key;
    const [{ rows }] = await this.engine.read([get(op.table, [key])]);
    return rows[0]?._rev ?? 0;
  }

  private noteRevision(op: WriteOp, rev: number): void {
    const key = op.op === "put" ? keyOf(op.table, op.row) : op.key;
    const id = `${op.table.name}/${encodeTuple(key)}`;
    const seen = this.revisions.get(id) ?? [];
    if (seen.includes(rev)) throw new Error(`revision ${rev} of ${id} came twice`);
    this.revisions.set(id, [...seen, rev]);
  }

  private withHope(op: WriteOp, hope: HopefulWrite["hope"], current: number): WriteOp {
    if (hope === "none") return op;
    const expect: Expectation =
      hope === "current" ? { rev: current } : hope === "stale" ? { rev: Math.max(1, current - 1) } : hope;
    return { ...op, expect } as WriteOp;
  }

  private inScope(op: WriteOp): WriteOp {
    if (op.op === "put") return { ...op, row: { ...op.row, scope: this.scope } as Row<Table> };
    return { ...op, key: this.keyInScope(op.key) };
  }

  private keyInScope([, ...rest]: Key): Key {
    return [this.scope, ...rest];
  }

  private walkInScope<W extends { readonly eq?: object; readonly range?: unknown; readonly filter?: unknown }>(
    walk: W,
  ): W {
    return { ...walk, eq: { ...walk.eq, scope: this.scope }, ...this.boundsInScope(walk as never) };
  }

  /** Bounds may hold the scope too: it is a column of the key, which ends every order. */
  private boundsInScope({
    table,
    path,
    range,
  }: {
    table: Table;
    path: string;
    range?: Record<string, { at: EngineValue[] }>;
  }) {
    if (!range) return {};
    const place = table.paths[path]?.order.indexOf("scope") ?? -1;
    const bounds = Object.entries(range).map(([end, bound]) => [
      end,
      { ...bound, at: bound.at.map((value, index) => (index === place ? this.scope : value)) },
    ]);
    return { range: Object.fromEntries(bounds) };
  }
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what} is ${String(actual)}, not ${String(expected)}`);
}

function expectOneOf(actual: number, expected: readonly number[], what: string): void {
  if (!expected.includes(actual)) throw new Error(`${what} is ${actual}, none of ${expected.join(", ")}`);
}
