import {
  type CallOptions,
  isConflict,
  jitter,
  nextRow,
  pause,
  StorageError,
  type StoredRecord,
  systemClock,
  type WriteResult,
} from "@stowage/core/engine";
import { type ChangeSet, claimId, type Known, planChanges, planEntries, recordId } from "./changes.ts";
import type { Claim, Layout } from "./layout.ts";
import type { KvPort, KvWrite } from "./port.ts";
import { readInSteps } from "./read-in-steps.ts";
import { RecentRecords } from "./recent-records.ts";
import type { GatheredRequest, RecordPort } from "./record-port.ts";

const tries = 20;

/** What writes rest on. */
export type RecordStore = Pick<RecordPort, "lookUp" | "commit" | "commitCompares" | "apply" | "clock">;

/** Makes a port of a database that has to read before it writes, and reads entries before records. */
export function readFirst(given: RecordPort): KvPort {
  const recent = given.commitCompares ? new RecentRecords() : undefined;
  const port = recent ? remembering(given, recent) : given;
  return {
    name: port.name,
    capabilities: port.capabilities,
    ...(port.maxPartBytes !== undefined && { maxPartBytes: port.maxPartBytes }),
    gathers: port.gathered !== undefined,
    translate: (error) => port.translate(error),
    read: (requests, options) => readInSteps(port, requests, options),
    ...recordWriter(port, recent),
    close: () => port.close(),
  };
}

/** The port, whose reads are remembered. */
const remembering = (port: RecordPort, recent: RecentRecords): RecordPort => ({
  name: port.name,
  capabilities: port.capabilities,
  ...(port.maxPartBytes !== undefined && { maxPartBytes: port.maxPartBytes }),
  ...(port.clock && { clock: port.clock }),
  ...(port.commitCompares && { commitCompares: true }),
  ...(port.mostOfOneMoment !== undefined && { mostOfOneMoment: port.mostOfOneMoment }),
  translate: (error) => port.translate(error),
  async lookUp(wanted, options) {
    const found = await port.lookUp(wanted, options);
    recent.noteRead(wanted, found.records);
    return found;
  },
  entries: (requests, options) => port.entries(requests, options),
  count: (requests, options) => port.count(requests, options),
  ...(port.gathered && {
    async gathered(request: GatheredRequest, options: CallOptions) {
      const found = await (port.gathered as NonNullable<RecordPort["gathered"]>)(request, options);
      const { layout } = request;
      const records = found.records.map(({ id }) => ({ layout, id }));
      recent.noteRead(
        { records, claims: [] },
        found.records.map(({ record }) => record),
      );
      if (request.beside) recent.noteRead({ records: [request.beside], claims: [] }, [found.beside]);
      return found;
    },
    liesBeside: (record: { layout: Layout; id: string }, request: GatheredRequest) =>
      port.liesBeside?.(record, request) === true,
  }),
  ids: (request, options) => port.ids(request, options),
  ...(port.commit && {
    async commit(changes: ChangeSet, options: CallOptions) {
      const isApplied = (await port.commit?.(changes, options)) === true;
      if (isApplied) recent.noteWritten(changes);
      return isApplied;
    },
  }),
  apply: (changes, options) => port.apply(changes, options),
  close: () => port.close(),
});

/** The writing half of {@link readFirst}: for code that runs inside a transaction of the database, too. */
export function recordWriter(port: RecordStore, recent?: RecentRecords): Pick<KvPort, "write" | "bulk" | "reindex"> {
  const clock = port.clock ?? systemClock();
  const sequence = (after?: number) => clock.sequence(after);

  const commit = port.commit?.bind(port);
  const write = async (batch: readonly KvWrite[], options: CallOptions): Promise<WriteResult[]> => {
    const likely = recent && planUnread(batch, recent, sequence);
    if (likely && (await commit?.(likely.changes, options))) return likely.results;
    if (likely) recent.distrust(batch);
    for (let attempt = 0; ; attempt++) {
      const { changes, results } = planChanges(batch, await know(port, batch, options), sequence);
      if (isEmpty(changes) || (await commit?.(changes, options))) return results;
      if (attempt === tries) throw busy(batch);
      await pause(jitter(attempt, 5, 250), options);
    }
  };

  return {
    ...(commit && { write }),
    async bulk(batch, options) {
      const { changes } = planChanges(batch, await know(port, batch, options), sequence);
      // Claims rest on what was read, also in bulk.
      if (commit && changes.claims.length > 0) await write(batch, options);
      else await port.apply({ ...changes, checks: [] }, options);
    },
    async reindex(layout, ids, options) {
      for (let left: readonly string[] = ids; left.length > 0; ) {
        const [id, ...others] = left as [string, ...string[]];
        const changes = await entriesOf(port, layout, id, options);
        if (!changes || !commit || (await commit(changes, options))) {
          if (changes && !commit) await port.apply(changes, options);
          left = others;
        }
      }
    },
  };
}

/**
 * What a batch does when every record is as this process knows it, and those that it knows nothing of and puts are new;
 * `undefined` when only a look tells what is there, or why it is refused.
 */
function planUnread(
  batch: readonly KvWrite[],
  recent: RecentRecords,
  sequence: (after?: number) => number,
): ReturnType<typeof planChanges> | undefined {
  const records = new Map<string, StoredRecord | undefined>();
  const owners = new Map<string, string>();
  for (const write of batch) {
    const { layout, id } = write;
    const record = expectsNone(write) ? undefined : recent.get(layout, id);
    if (!record && !expectsNone(write) && !(isPlainPut(write) && recent.trusts(layout, id))) return undefined;
    records.set(recordId(layout, id), record);
    for (const claim of record ? layout.claims(record) : []) owners.set(claimId(layout, claim), id);
  }
  try {
    const plan = planChanges(batch, { records, owners }, sequence);
    return isEmpty(plan.changes) ? undefined : plan;
  } catch (error) {
    if (isConflict(error)) return undefined;
    throw error;
  }
}

const expectsNone = ({ op }: KvWrite) => op.expect === "absent" || (op.op === "put" && op.mode === "insert");
const isPlainPut = ({ op }: KvWrite) => op.op === "put" && op.expect === undefined;

const isEmpty = ({ changes, claims, checks }: ChangeSet) => changes.length + claims.length + checks.length === 0;

const busy = (batch: readonly KvWrite[]): StorageError =>
  new StorageError("the records of the batch were changing all the time", {
    code: "busy",
    retry: "exhausted",
    details: { table: batch[0]?.layout.table.name ?? "" },
  });

/** Reads what a batch rests on: as a rule in one request, in two where a patch decides what is claimed. */
async function know(port: RecordStore, batch: readonly KvWrite[], options: CallOptions): Promise<Known> {
  const wanted = new Map(batch.map(({ layout, id }) => [recordId(layout, id), { layout, id }]));
  const early = batch.flatMap(({ op, layout }) =>
    op.op === "put" ? layout.claims(op.row as never).map((claim) => ({ layout, ...claim })) : [],
  );
  const first = await port.lookUp({ records: [...wanted.values()], claims: distinct(early) }, options);
  const records = new Map([...wanted.keys()].map((key, index) => [key, first.records[index]]));
  const owners = new Map(distinct(early).map((claim, index) => [claimId(claim.layout, claim), first.owners[index]]));
  const late = batch.flatMap(({ op, layout, id }) => {
    if (op.op === "check" || layout.unique.length === 0) return [];
    const before = records.get(recordId(layout, id));
    const after = nextRow(op, before);
    if (after === before) return [];
    // What it held is its own; what it will hold shows only now.
    for (const claim of before ? layout.claims(before) : []) owners.set(claimId(layout, claim), id);
    return (after ? layout.claims(after) : []).map((claim) => ({ layout, ...claim }));
  });
  const missing = distinct(late).filter((claim) => !owners.has(claimId(claim.layout, claim)));
  if (missing.length > 0) {
    const second = await port.lookUp({ records: [], claims: missing }, options);
    for (const [index, claim] of missing.entries()) owners.set(claimId(claim.layout, claim), second.owners[index]);
  }
  return { records, owners };
}

const distinct = <C extends Claim & { readonly layout: Layout }>(claims: readonly C[]): C[] => [
  ...new Map(claims.map((claim) => [claimId(claim.layout, claim), claim])).values(),
];

async function entriesOf(
  port: RecordStore,
  layout: Layout,
  id: string,
  options: CallOptions,
): Promise<ChangeSet | undefined> {
  const { records } = await port.lookUp({ records: [{ layout, id }], claims: [] }, options);
  const record = records[0];
  if (!record) return undefined;
  const claims = layout.claims(record).map((claim) => ({ layout, ...claim }));
  const { owners } = claims.length > 0 ? await port.lookUp({ records: [], claims }, options) : { owners: [] };
  return planEntries(layout, id, record, new Map(claims.map((claim, at) => [claimId(layout, claim), owners[at]])));
}
