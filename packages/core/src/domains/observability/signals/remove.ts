import type { Engine } from "../../../engine/engine.ts";
import { modifyBy } from "../../../engine/modify.ts";
import { find, get, patch, remove, type WriteOp } from "../../../engine/operations.ts";
import { keyOf, type StoredRow } from "../../../engine/table.ts";
import { invalid } from "../../../errors.ts";
import { cutAtomically } from "../../shared/batches.ts";
import { readPage } from "../../shared/pages.ts";
import { contractError } from "../contract-error.ts";
import { isIdentity } from "../spans/incoming.ts";
import { feedbackKind } from "./kinds.ts";
import { feedback, type scoreEvents, signalTables } from "./tables.ts";
import { type FeedbackRecord, reviewStatuses, type SignalScope } from "./types.ts";

type SignalTable = (typeof signalTables)[number];

/** A deletion's scope, checked: a scope that was meant and got lost must not delete everything. */
export function readScope(a: unknown): SignalScope {
  const { organizationId, resourceId } = (a ?? {}) as Record<string, unknown>;
  for (const [path, value] of Object.entries({ organizationId, resourceId })) {
    if (value !== undefined && typeof value !== "string") {
      throw invalid(`${path} must be a string`, "INVALID_ARGUMENT", { path });
    }
  }
  return {
    ...(organizationId !== undefined && { organizationId: organizationId as string }),
    ...(resourceId !== undefined && { resourceId: resourceId as string }),
  };
}

/** Removes signals by id; unknown ids are ignored, the scope narrows. */
export async function removeSignals(
  engine: Engine,
  table: typeof scoreEvents | typeof feedback,
  ids: unknown,
  scope: SignalScope,
): Promise<void> {
  if (!Array.isArray(ids) || ids.some((id) => typeof id !== "string")) {
    throw invalid("the ids must be a list of strings", "INVALID_ARGUMENT");
  }
  const keys = [...new Set(ids as string[])].filter(isIdentity).map((id) => [id]);
  const isScoped = scope.organizationId !== undefined || scope.resourceId !== undefined;
  for (let from = 0; from < keys.length; from += engine.capabilities.atomicLimit.records) {
    const part = keys.slice(from, from + engine.capabilities.atomicLimit.records);
    await modifyBy(engine, `observability/${table.name}`, async () => {
      if (!isScoped) return { write: part.map((key) => remove(table, key)), result: undefined };
      const [{ rows }] = await engine.read([get(table as typeof feedback, part)]);
      const found = rows.filter((row) => row !== undefined && belongs(row, scope, false));
      const ops = found.map((row) => remove(table, keyOf(table, row as StoredRow), { rev: (row as StoredRow)._rev }));
      return { write: ops, result: undefined };
    });
  }
}

const keyColumns = (table: SignalTable) => [...table.key, "traceId", "organizationId", "resourceId"] as const;
export type SignalKey = StoredRow & {
  readonly traceId: string;
  readonly organizationId: string | null;
  readonly resourceId: string | null;
};

/** Reads the signals of traces, table by table in the order of {@link signalTables}; goes beside a read of their spans. */
export const signalsOf = (traceIds: readonly string[], limit: number) =>
  signalTables.map((table) =>
    find(table as typeof feedback, {
      path: "byTrace",
      eq: { traceId: traceIds },
      limit,
      columns: keyColumns(table) as never,
    }),
  );

/** Removals of signals that a deletion with this scope takes along. `table` is a position in {@link signalTables}. */
export function signalRemovals(
  table: number,
  rows: readonly SignalKey[],
  scope: SignalScope,
  withTenantless: boolean,
): WriteOp[] {
  const found = signalTables[table] as SignalTable;
  return rows.filter((row) => belongs(row, scope, withTenantless)).map((row) => remove(found, keyOf(found, row)));
}

/** Removes the signals of traces that have more of them than a batch takes. */
export async function removeSignalsOf(
  engine: Engine,
  traceIds: readonly string[],
  scope: SignalScope,
  withTenantless: boolean,
): Promise<void> {
  for (const [table, op] of signalsOf(traceIds, 1000).entries()) {
    for (let cursor: string | undefined, isDone = false; !isDone; ) {
      const page = await readPage(engine, { ...op, ...(cursor !== undefined && { cursor }) });
      isDone = page.end === "exhausted";
      cursor = page.cursor;
      const ops = signalRemovals(table, page.rows as unknown as SignalKey[], scope, withTenantless);
      for (const run of cutAtomically(ops, engine.capabilities)) await engine.write(run);
    }
  }
}

function belongs(
  row: { readonly organizationId: string | null; readonly resourceId: string | null },
  { organizationId, resourceId }: SignalScope,
  withTenantless: boolean,
): boolean {
  const fits = (value: string | null, wanted: string | undefined) =>
    wanted === undefined || value === wanted || (withTenantless && value === null);
  return fits(row.organizationId, organizationId) && fits(row.resourceId, resourceId);
}

const moving = "OBSERVABILITY_UPDATE_FEEDBACK_REVIEW_STATUS";

/** Moves the review status of one piece of feedback, which nothing else does. */
export async function moveReviewStatus(engine: Engine, a: unknown): Promise<FeedbackRecord> {
  const { feedbackId, reviewStatus } = (a ?? {}) as Record<string, unknown>;
  const isStatus = (reviewStatuses as readonly unknown[]).includes(reviewStatus);
  if (typeof feedbackId !== "string" || feedbackId === "" || !isStatus) {
    const message = `feedbackId must be a non-empty string and reviewStatus one of ${reviewStatuses.join(", ")}`;
    throw contractError(message, "invalid_argument", `${moving}_INVALID_ARGS`);
  }
  return modifyBy(engine, `observability/feedback/${feedbackId}`, async () => {
    const [{ rows }] = isIdentity(feedbackId) ? await engine.read([get(feedback, [[feedbackId]])]) : [{ rows: [] }];
    const [row] = rows;
    if (!row) throw contractError("there is no such feedback", "not_found", `${moving}_NOT_FOUND`, { feedbackId });
    const set = { reviewStatus: reviewStatus as string };
    return {
      write: [patch(feedback, [feedbackId], { set, expect: { rev: row._rev } })],
      result: feedbackKind.toRecord({ ...row, ...set }),
    };
  });
}
