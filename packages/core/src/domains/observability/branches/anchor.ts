import type { Clock } from "../../../engine/clock.ts";
import type { SpanDraft } from "../spans/draft.ts";
import { statusOf } from "../spans/status.ts";
import { branchOf, isBranchType } from "./columns.ts";

/** Sets the branch columns of a span that is about to be written, once it is merged. */
export function anchorBranch({ row, changes, stored }: SpanDraft, clock: Clock): void {
  if (row) {
    if (!isBranchType(row.spanType)) return;
    Object.assign(row, branchOf(row.spanType, row.endedAt));
    row.branchArrival = clock.sequence();
    return;
  }
  if (!changes || !stored) return;
  const spanType = changes.spanType ?? stored.branchType;
  if (!isBranchType(spanType)) {
    if (stored.branchType !== null) Object.assign(changes, { branchType: null, branchEnd: null, branchArrival: null });
    return;
  }
  const after = {
    endedAt: changes.endedAt ?? stored.endedAt,
    error: changes.error !== undefined ? changes.error : stored.error,
  };
  Object.assign(changes, branchOf(spanType, after.endedAt));
  if (stored.branchType === null || statusOf(stored) !== statusOf(after)) changes.branchArrival = clock.sequence();
}
