import { judgeOp, keyOfOp, nextRow, type StoredRecord } from "../../engine/apply.ts";
import type { EngineValue } from "../../engine/column.ts";
import { describeKey, encodeTuple } from "../../engine/keys.ts";
import type { Key, WriteOp, WriteResult } from "../../engine/operations.ts";
import type { Table } from "../../engine/table.ts";
import { ConflictError } from "../../errors.ts";
import { claimsOf, ownerOf } from "./claims.ts";

export type Values = Readonly<Record<string, EngineValue>>;

/** A record as a batch finds it. */
export interface Found {
  readonly table: Table;
  readonly key: Key;
  readonly row: StoredRecord | undefined;
}

/** What a batch does to one record. */
export interface Effect {
  readonly table: Table;
  readonly key: Key;
  /** Revision before; 0 for a record that is made. */
  readonly rev: number;
  /** The whole row afterwards; `undefined` for a record that goes. */
  readonly row: Values | undefined;
}

export interface Plan {
  readonly effects: readonly Effect[];
  /** For each operation its outcome, and the place of its effect, if it has one. */
  readonly outcomes: readonly {
    readonly outcome: WriteResult["outcome"];
    readonly rev: number;
    readonly effect?: number;
  }[];
  /** Claims that the batch takes (with their owner) and gives up (without). Those that stay are not listed. */
  readonly claims: ReadonlyMap<string, string | undefined>;
}

export const recordId = (table: Table, key: Key): string => `${table.name}/${encodeTuple(key)}`;

/**
 * Works out what a batch does, from the rows its operations find and the owners of the claims it makes. Judges as the contract says:
 * expectations by the state before, unique keys in the order of the operations.
 *
 * @throws ConflictError when the batch is refused.
 */
export function planBatch(
  ops: readonly WriteOp[],
  rows: readonly (StoredRecord | undefined)[],
  owners: ReadonlyMap<string, string>,
): Plan {
  for (const [index, op] of ops.entries()) judgeOp(op, index, rows[index]);

  const taken = new Map<string, string | undefined>(owners);
  const changed = new Map<string, string | undefined>();
  const effects: Effect[] = [];
  const outcomes = ops.map((op, index) => {
    const before = rows[index];
    const rev = before?._rev ?? 0;
    if (op.op === "check") return { outcome: "checked" as const, rev };
    const next = nextRow(op, before);
    if (next === before) return { outcome: op.op === "put" ? ("skipped" as const) : ("missing" as const), rev };
    const after = next && withoutRevision(next);
    const key = keyOfOp(op);
    const owner = ownerOf(key);
    for (const { id } of claimsOf(op.table, before)) {
      taken.set(id, undefined);
      changed.set(id, undefined);
    }
    for (const { id, unique } of claimsOf(op.table, after)) {
      const holder = taken.get(id);
      if (holder !== undefined && holder !== owner) {
        throw new ConflictError({ index, table: op.table.name, key: describeKey(key), reason: "unique", unique });
      }
      taken.set(id, owner);
      changed.set(id, owner);
    }
    effects.push({ table: op.table, key, rev, row: after });
    const outcome = after ? (before ? ("updated" as const) : ("inserted" as const)) : ("removed" as const);
    return { outcome, rev: 0, effect: effects.length - 1 };
  });
  for (const [id, owner] of changed) if (owner !== undefined && owners.get(id) === owner) changed.delete(id);
  return { effects, outcomes, claims: changed };
}

function withoutRevision(row: Values): Values {
  if (!("_rev" in row)) return row;
  const { _rev: _, ...rest } = row;
  return rest;
}
