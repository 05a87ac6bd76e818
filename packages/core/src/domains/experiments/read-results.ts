import { allOf, type Filter } from "../../engine/filter.ts";
import { aggregate, get } from "../../engine/operations.ts";
import type { PathName, StoredRow } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { findableId } from "../shared/columns.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds, type deletions } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { readListPageBeside } from "../shared/listing.ts";
import { resolveListOrderBy, walkDirection } from "../shared/ordering.ts";
import { checkPage, pageInfo } from "../shared/pagination.ts";
import { readTogether } from "../shared/read-together.ts";
import { checkTenancyFilters, isInTenancy, type TenancyFilters, tenancyFilters } from "../shared/tenancy.ts";
import { optionalText } from "../shared/values.ts";
import { type StoredResult, toResult } from "./records.ts";
import { resultRemovals } from "./removal.ts";
import { results } from "./tables.ts";
import type {
  ExperimentResult,
  ExperimentReviewSummary,
  ListExperimentResultsInput,
  ListExperimentResultsOutput,
} from "./types.ts";
import { pendingPurges, withoutPurged } from "./view.ts";

export async function readResult(
  context: DomainContext,
  id: string,
  filters: TenancyFilters,
): Promise<ExperimentResult | null> {
  // Without snapshots: a result that was read before its removal ended must not pass for one whose run has no mark any more.
  const found = await readTogether(context.engine, {
    removals: resultRemovals.all(),
    purges: pendingPurges(context),
    result: get(results, [[id]]),
  });
  const row = found.result.rows[0];
  if (!row || !isInTenancy(row, filters) || deletedIds(found.removals.rows).has(row.experimentId)) return null;
  const [seen] = await withoutPurged(context, [row], found.purges);
  return toResult(seen as StoredResult);
}

export async function listResults(
  context: DomainContext,
  args: ListExperimentResultsInput,
): Promise<ListExperimentResultsOutput> {
  const page = checkPage(args.pagination?.page, args.pagination?.perPage, 100);
  const { field, direction } = resolveListOrderBy(args.orderBy, ["startedAt", "createdAt"], {
    field: "startedAt",
    direction: "ASC",
  });
  const tenancy = checkTenancyFilters(args.filters);
  const traceId = optionalText(args.traceId, "traceId") || undefined;
  const status = optionalText(args.status, "status") || undefined;
  const { tags = [] } = args;
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string")) {
    throw invalid("tags must be an array of strings", "INVALID_INPUT", { path: "tags" });
  }
  const experimentId = findableId(args.experimentId, "experimentId");
  const nothing = { results: [], pagination: pageInfo(page, 0, 0) };
  if (experimentId === undefined || (traceId !== undefined && !isKeyText(traceId))) return nothing;

  const filter = allOf(
    ...tenancyFilters(tenancy),
    traceId === undefined ? undefined : { op: "eq", column: "traceId", value: traceId },
    status === undefined ? undefined : { op: "eq", column: "status", value: status },
    ...tags.map((tag): Filter => ({ op: "contains", column: "tags", value: JSON.stringify(tag) })),
  );
  const walk = {
    ...pathFor(field, experimentId, traceId),
    direction: walkDirection(direction),
    ...(filter && { filter }),
  };
  const purges = pendingPurges(context);
  const { listed, beside } = await readListPageBeside(
    context.engine,
    purges ? [resultRemovals.among([experimentId]), purges] : [resultRemovals.among([experimentId])],
    results,
    walk,
    page,
    { after: args.after },
  );
  const [removal, pending] = beside as unknown as [
    { rows: unknown[] },
    { rows: StoredRow<typeof deletions>[]; end: "exhausted" } | undefined,
  ];
  if (removal.rows[0] !== undefined) return nothing;
  const rows = await withoutPurged(context, listed.rows as StoredResult[], pending);
  return {
    results: rows.map(toResult),
    pagination: { ...pageInfo(page, rows.length, listed.total), hasMore: listed.hasMore },
    ...(listed.nextCursor !== undefined && { nextCursor: listed.nextCursor }),
  };
}

function pathFor(
  field: "startedAt" | "createdAt",
  experimentId: string,
  traceId: string | undefined,
): { path: PathName<typeof results>; eq: Readonly<Record<string, string>> } {
  if (field === "createdAt") return { path: "byCreatedAt", eq: { experimentId } };
  if (traceId === undefined) return { path: "byStartedAt", eq: { experimentId } };
  return { path: "ofTraceByStartedAt", eq: { experimentId, traceId } };
}

/** Counts the results of each run by their review status, from an index that has nothing else. */
export async function reviewSummary(
  { engine }: DomainContext,
  filters: TenancyFilters,
): Promise<ExperimentReviewSummary[]> {
  const filter = allOf(...tenancyFilters(filters));
  // Without snapshots: marks before show what ends meanwhile, and marks behind show what begins.
  const [ending, { groups }, begun] = await engine.read([
    resultRemovals.all(),
    aggregate(results, {
      path: "byReviewState",
      groupBy: [{ column: "experimentId" }, { column: "reviewState" }],
      measures: { results: { fn: "count" } },
      ...(filter && { filter }),
    }),
    resultRemovals.all(),
  ]);
  const gone = deletedIds([...ending.rows, ...begun.rows]);
  const summaries = new Map<string, ExperimentReviewSummary>();
  for (const { group, values } of groups) {
    const [experimentId, state] = group as [string, string];
    if (gone.has(experimentId)) continue;
    let summary = summaries.get(experimentId);
    if (!summary) {
      summaries.set(experimentId, (summary = { experimentId, total: 0, needsReview: 0, reviewed: 0, complete: 0 }));
    }
    const number = values.results as number;
    summary.total += number;
    if (state === "needs-review") summary.needsReview += number;
    else if (state === "reviewed") summary.reviewed += number;
    else if (state === "complete") summary.complete += number;
  }
  return [...summaries.values()];
}
