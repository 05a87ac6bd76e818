import { compileFilter } from "../../engine/evaluate.ts";
import { allOf, type Filter } from "../../engine/filter.ts";
import { type Bound, find } from "../../engine/operations.ts";
import type { PathName } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import { isKeyText, toKeyText } from "../shared/key-text.ts";
import { readListPage } from "../shared/listing.ts";
import { readPage, walkPages } from "../shared/pages.ts";
import { checkPage } from "../shared/pagination.ts";
import { optionalText, toOptionalInstant } from "../shared/values.ts";
import { type HeaderRow, takeRun } from "./image.ts";
import type { RunReader } from "./run-reader.ts";
import { runs } from "./tables.ts";
import type { StorageListWorkflowRunsInput, WorkflowRun, WorkflowRunKey, WorkflowRuns } from "./types.ts";

/** Headers per request when all matches are asked for. */
const headersPerRead = 200;

export async function listRuns(
  context: DomainContext,
  reader: RunReader,
  input: StorageListWorkflowRunsInput | null | undefined,
): Promise<WorkflowRuns> {
  const { page, perPage, includeTotal } = input ?? {};
  // Checked either way; a page is cut only when both are given.
  const checked = checkPage(page, perPage, 0);
  const isPaged = page !== undefined && page !== null && typeof perPage === "number";
  const wanted = conditionsOf(input ?? {});
  if (!wanted) return { runs: [], total: 0 };
  const { walk, all } = wanted;
  const test = all ? compileFilter(runs, all) : () => true;

  const complete = async (headers: readonly HeaderRow[]): Promise<WorkflowRun[]> => {
    const images = await reader.complete(headers);
    // A run that changed while the page was put together may no longer belong to it.
    return images.filter(({ header }) => test(header)).map(takeRun);
  };
  if (isPaged) {
    const { rows, total } = await readListPage(context.engine, runs, walk, checked, includeTotal !== false);
    return { runs: await complete(rows), total };
  }
  const found: WorkflowRun[] = [];
  for await (const headers of walkPages(context.engine, find(runs, walk), headersPerRead)) {
    for (const run of await complete(headers)) found.push(run);
  }
  return { runs: found, total: found.length };
}

/** The run with this id that sorts first in the order of the lists. */
export async function newestRun({ engine }: DomainContext, runId: string): Promise<WorkflowRunKey | undefined> {
  const walk = { path: "byRun", eq: { run_id: runId }, direction: "desc", limit: 1 } as const;
  const { rows } = await readPage(engine, find(runs, { ...walk, columns: ["workflow_name"] }));
  return rows[0] && { workflowName: rows[0].workflow_name, runId };
}

/** The walk that serves the conditions best, and all of them as a filter; nothing when nothing can match. */
function conditionsOf(input: StorageListWorkflowRunsInput) {
  const workflowName = optionalText(input.workflowName, "workflowName");
  const resourceId = optionalText(input.resourceId, "resourceId");
  const status = optionalText(input.status, "status");
  const threadId = optionalText(input.threadId, "threadId");
  const from = toOptionalInstant(input.fromDate, "fromDate");
  const to = toOptionalInstant(input.toDate, "toDate");
  if (![workflowName ?? "", resourceId ?? ""].every(isKeyText)) return undefined;

  const values: Record<string, string> = {};
  if (workflowName !== undefined) values.workflow_name = workflowName;
  if (resourceId !== undefined) values.resourceId = resourceId;
  if (status !== undefined) values.status = toKeyText(status);
  if (threadId !== undefined) values.thread_id = toKeyText(threadId);

  const path = bestPath(values);
  const eq = Object.fromEntries(runs.paths[path].eq.map((column) => [column, values[column] as string]));
  const bound = (date: Date | undefined): Bound | undefined => date && { at: [date.getTime()], inclusive: true };
  const lower = bound(from);
  const upper = bound(to);
  const equals = (columns: readonly string[]) =>
    allOf(...columns.map((column): Filter => ({ op: "eq", column, value: values[column] as string })));
  const columns = Object.keys(values);
  const filter = equals(columns.filter((column) => !Object.hasOwn(eq, column)));
  return {
    all: equals(columns),
    walk: {
      path,
      eq,
      direction: "desc" as const,
      ...((lower || upper) && { range: { ...(lower && { lower }), ...(upper && { upper }) } }),
      ...(filter && { filter }),
    },
  };
}

function bestPath(values: Readonly<Record<string, string>>): PathName<typeof runs> {
  if (values.thread_id !== undefined) return "byThread";
  if (values.resourceId !== undefined) return "byResource";
  if (values.workflow_name !== undefined) return values.status === undefined ? "byWorkflow" : "byWorkflowStatus";
  return values.status === undefined ? "byCreation" : "byStatus";
}
