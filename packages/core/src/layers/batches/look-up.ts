import { keyOfOp, nextRow, type StoredRecord } from "../../engine/apply.ts";
import type { CallOptions, Engine } from "../../engine/engine.ts";
import { type Get, get, type Key, type ReadOp, type WriteOp } from "../../engine/operations.ts";
import type { Table } from "../../engine/table.ts";
import { unpackKey } from "../pack-key.ts";
import { type Claim, claims, claimsOf } from "./claims.ts";
import { type Found, recordId } from "./plan.ts";

/** What a batch needs to know before it can be planned. */
export interface Known {
  /** The row that each operation finds. */
  readonly rows: readonly (StoredRecord | undefined)[];
  /** Owners of claims that stand. */
  readonly owners: ReadonlyMap<string, string>;
  /** Revisions of claim records, also of those left behind; absent for a claim that nobody has made. */
  readonly claimRevisions: ReadonlyMap<string, number>;
}

/**
 * Reads the records that a batch names and the owners of the values it claims, as a rule in one request. `beside` are reads
 * that have to be in the same request, before and after the others.
 */
export async function lookUp<Beside extends ReadOp>(
  inner: Engine,
  ops: readonly WriteOp[],
  beside: Beside | undefined,
  options: CallOptions | undefined,
): Promise<Known & { readonly beside: readonly unknown[] }> {
  const wanted = new Map<string, Wanted>();
  const whole = new Set<Table>();
  const opIds = ops.map((op) => {
    const { table } = op;
    const key = keyOfOp(op);
    const id = recordId(table, key);
    wanted.set(id, { id, table, key });
    if (needsRow(op)) whole.add(table);
    return id;
  });
  const early = ops.flatMap((op) => (op.op === "put" ? claimsOf(op.table, op.row) : []));
  const byTable = Map.groupBy(wanted.values(), ({ table }) => table);
  const gets = [...[...byTable].map(([table, list]) => getOf(table, list, whole)), get(claims, ids(early))];
  const frame = beside ? [beside] : [];
  const answers = (await inner.read([...frame, ...gets, ...frame], options)) as {
    rows: (StoredRecord | undefined)[];
  }[];
  const records = new Map<string, Found>();
  for (const [index, list] of [...byTable.values()].entries()) {
    const { rows } = answers[index + frame.length] as { rows: (StoredRecord | undefined)[] };
    for (const [at, { id, table, key }] of list.entries()) records.set(id, { table, key, row: rows[at] });
  }
  const rows = opIds.map((id) => records.get(id)?.row);
  const owners = new Map<string, string>();
  const claimRevisions = new Map<string, number>();
  const note = (rows: readonly (StoredRecord | undefined)[]) => {
    for (const row of rows) {
      if (!row) continue;
      owners.set(row.id as string, row.owner as string);
      claimRevisions.set(row.id as string, row._rev);
    }
  };
  note(answers[gets.length - 1 + frame.length]?.rows ?? []);

  // What a patch claims, and what a change gives up, shows only now.
  const late = ops.flatMap((op, index) => {
    if (op.op === "check" || op.table.unique.length === 0) return [];
    const before = rows[index];
    const after = nextRow(op, before);
    return after === before ? [] : [...claimsOf(op.table, before), ...claimsOf(op.table, after)];
  });
  const known = new Set(early.map(({ id }) => id));
  const missing = late.filter(({ id }) => !known.has(id));
  if (missing.length > 0) {
    const [found] = await inner.read([get(claims, ids(missing))], options);
    note(found.rows as (StoredRecord | undefined)[]);
  }
  await dropStaleOwners(inner, [...early, ...late], records, owners, options);
  return { rows, owners, claimRevisions, beside: beside ? [answers[0], answers.at(-1)] : [] };
}

const ids = (list: readonly Claim[]): Key[] => [...new Set(list.map(({ id }) => id))].map((id) => [id]);

/** Whether an operation depends on more of the stored row than its revision. */
const needsRow = (op: WriteOp): boolean =>
  op.table.unique.length > 0 || op.op === "patch" || (op.op === "put" && (op.keep?.length ?? 0) > 0);

interface Wanted {
  readonly id: string;
  readonly table: Table;
  readonly key: Key;
}

/** Whole rows of some tables, of the others keys and revisions. */
const getOf = (table: Table, wanted: readonly Wanted[], whole: ReadonlySet<Table>): Get =>
  get(
    table,
    wanted.map(({ key }) => key),
    whole.has(table) ? undefined : table.key,
  ) as Get;

/** Leaves out owners that no longer have the value: their claim was left behind by a killed process or a cleared table. */
async function dropStaleOwners(
  inner: Engine,
  made: readonly Claim[],
  records: ReadonlyMap<string, Found>,
  owners: Map<string, string>,
  options: CallOptions | undefined,
): Promise<void> {
  const held = made.flatMap((claim) => {
    const owner = owners.get(claim.id);
    return owner === undefined ? [] : [{ claim, key: unpackKey(owner) }];
  });
  const unknown = held.filter(({ claim, key }) => !records.has(recordId(claim.table, key)));
  const answers =
    unknown.length > 0
      ? await inner.read(
          unknown.map(({ claim, key }) => get(claim.table, [key])),
          options,
        )
      : [];
  const rows = new Map(unknown.map(({ claim }, index) => [claim.id, answers[index]?.rows[0]]));
  for (const { claim, key } of held) {
    const row = rows.has(claim.id) ? rows.get(claim.id) : records.get(recordId(claim.table, key))?.row;
    if (!claimsOf(claim.table, row).some(({ id }) => id === claim.id)) owners.delete(claim.id);
  }
}
