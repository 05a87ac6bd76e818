import { endOfTime } from "../branches/columns.ts";
import { inputPreview } from "../spans/preview.ts";
import { statusOf } from "../spans/status.ts";
import { contextColumns, type IndexRow, rootColumns, type SpanRow } from "../tables.ts";
import { indexText, isIndexable, longValues, pathColumns } from "./index-text.ts";

/** The row of a trace of which nothing is known yet. */
export function emptyIndexRow(traceId: string): IndexRow {
  return { ...blank, traceId };
}

const blank: IndexRow = {
  traceId: "",
  rootSpanId: null,
  parentSpanId: null,
  name: null,
  spanType: null,
  isEvent: null,
  startedAt: null,
  startNs: null,
  endedAt: null,
  endOrder: null,
  createdAt: null,
  updatedAt: null,
  status: null,
  hasChildError: false,
  entityType: null,
  entityId: null,
  entityName: null,
  entityVersionId: null,
  parentEntityType: null,
  parentEntityId: null,
  parentEntityName: null,
  parentEntityVersionId: null,
  rootEntityType: null,
  rootEntityId: null,
  rootEntityName: null,
  rootEntityVersionId: null,
  userId: null,
  organizationId: null,
  resourceId: null,
  runId: null,
  sessionId: null,
  threadId: null,
  requestId: null,
  environment: null,
  serviceName: null,
  experimentId: null,
  source: null,
  scope: null,
  tags: null,
  metadata: null,
  error: null,
  inputPreview: null,
  long: null,
  errors: 0,
  roots: 0,
  remotes: 0,
  parked: 0,
  arrival: null,
};

/** Columns of a span that {@link setRoot} looks at: what must be read of a span that becomes the root. */
export const rootSource = ["spanId", ...rootColumns, "hasRemoteParent", "input"] as const;
export type RootSource = Pick<SpanRow, (typeof rootSource)[number]>;

/** Makes a span the root that the row shows. */
export function setRoot(row: IndexRow, span: RootSource): void {
  row.rootSpanId = span.spanId;
  row.long = null;
  applyToRoot(row, span);
}

/** Carries changed columns of the root into the row. */
export function applyToRoot(row: IndexRow, changes: Partial<SpanRow>): void {
  const target = row as Record<string, unknown>;
  for (const column of rootColumns) {
    const value = changes[column];
    if (value !== undefined && !pathColumns.has(column)) target[column] = value;
  }
  applyPathColumns(row, changes);
  if (changes.input !== undefined) row.inputPreview = inputPreview(changes.input);
  row.status = statusOf(row);
  row.endOrder = row.endedAt ?? endOfTime;
}

function applyPathColumns(row: IndexRow, changes: Partial<SpanRow>): void {
  let long: Record<string, string> | undefined;
  for (const column of contextColumns) {
    if (!pathColumns.has(column)) continue;
    const value = changes[column];
    if (value === undefined) continue;
    if (value !== null && !isIndexable(value)) {
      long ??= longValues(row);
      long[column] = value;
      row[column] = indexText(value);
    } else {
      if (row.long !== null) {
        long ??= longValues(row);
        delete long[column];
      }
      row[column] = value;
    }
  }
  if (long) row.long = Object.keys(long).length > 0 ? JSON.stringify(long) : null;
}

/** Takes the root's values away. */
export function clearRoot(row: IndexRow): void {
  const { traceId, hasChildError, errors, roots, remotes, parked, arrival } = row;
  Object.assign(row, blank, { traceId, hasChildError, errors, roots, remotes, parked, arrival });
}

/** Whether the row says anything; one that does not is removed. */
export const isTelling = (row: IndexRow): boolean =>
  row.rootSpanId !== null || row.errors > 0 || row.roots > 0 || row.remotes > 0 || row.parked > 0;
