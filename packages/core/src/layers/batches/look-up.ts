import { keyOfOp, nextRow, type StoredRecord } from "../../engine/apply.ts";
import type { CallOptions, Engine } from "../../engine/engine.ts";
import { type Get, get, type Key, type ReadOp, type WriteOp } from "../../engine/operations.ts";
import type { Table } from "../../engine/table.ts";
import { unpackKey } from "../pack-key.ts";
import { type Claim, claims, claimsOf } from "./claims.ts";
import { type Found, recordId } from "./plan.ts";

/** What a batch needs to know before it can be planned. */
export interface Known {
  readonly records: ReadonlyMap<string, Found>;
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
  const wanted = new Map<string, { table: Table; key: Key }>();
  const whole = new Set<Table>();
  for (const op of ops) {
    wanted.set(recordId(op.table, keyOfOp(op)), { table: op.table, key: keyOfOp(op) });
    if (needsRow(op)) whole.add(op.table);
  }
  const early = ops.flatMap((op) => (op.op === "put" ? claimsOf(op.table, op.row) : []));
  const gets = [...byTable([...wanted.values()], whole), get(claims, ids(early))];
  const frame = beside ? [beside] : [];
  const answers = (await inner.read([...frame, ...gets, ...frame], options)) as {
    rows: (StoredRecord | undefined)[];
  }[];
  const records = new Map<string, Found>();
  for (const [index, { table, keys }] of gets.slice(0, -1).entries()) {
    const { rows } = answers[index + frame.length] as { rows: (StoredRecord | undefined)[] };
    for (const [at, key] of keys.entries()) records.set(recordId(table, key), { table, key, row: rows[at] });
  }
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
  const late = ops.flatMap((op) => {
    if (op.op === "check" || op.table.unique.length === 0) return [];
    const before = records.get(recordId(op.table, keyOfOp(op)))?.row;
    const after = nextRow(op, before);
    return after === before ? [] : [...claimsOf(op.table, before), ...claimsOf(op.table, after)];
  });
  const known = new Set(early.map(({ id }) => id));
  const missing = late.filter(({ id }) => !known.has(id));
  if (missing.length > 0) {
    const [{ rows }] = await inner.read([get(claims, ids(missing))], options);
    note(rows as (StoredRecord | undefined)[]);
  }
  await dropStaleOwners(inner, [...early, ...late], records, owners, options);
  return { records, owners, claimRevisions, beside: beside ? [answers[0], answers.at(-1)] : [] };
}

const ids = (list: readonly Claim[]): Key[] => [...new Set(list.map(({ id }) => id))].map((id) => [id]);

/** Whether an operation depends on more of the stored row than its revision. */
const needsRow = (op: WriteOp): boolean =>
  op.table.unique.length > 0 || op.op === "patch" || (op.op === "put" && (op.keep?.length ?? 0) > 0);

/** One `get` for each table: whole rows of some, of the others keys and revisions. */
function byTable(records: readonly { table: Table; key: Key }[], whole: ReadonlySet<Table>): Get[] {
  const tables = new Map<Table, Key[]>();
  for (const { table, key } of records) {
    const keys = tables.get(table);
    if (keys) keys.push(key);
    else tables.set(table, [key]);
  }
  return [...tables].map(([table, keys]) => get(table, keys, whole.has(table) ? undefined : table.key) as Get);
}

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
