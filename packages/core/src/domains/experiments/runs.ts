import { allOf, type Filter } from "../../engine/filter.ts";
import { checkKeyText } from "../../engine/keys.ts";
import { get, insert, patch, type ReadOp } from "../../engine/operations.ts";
import type { PathName, Row, StoredRow } from "../../engine/table.ts";
import { invalid, isConflict } from "../../errors.ts";
import { countColumn } from "../shared/columns.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds, type deletions } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { readListPageBeside } from "../shared/listing.ts";
import { resolveListOrderBy, walkDirection } from "../shared/ordering.ts";
import { checkPage, pageInfo } from "../shared/pagination.ts";
import { type DatasetFacts, datasetDeletions, datasetFacts, siblingOffer } from "../shared/siblings.ts";
import { checkTenancyFilters, isInTenancy, type TenancyFilters, tenancyFilters } from "../shared/tenancy.ts";
import { optionalText } from "../shared/values.ts";
import { experimentNotFound, experimentTaken } from "./errors.ts";
import { encodeExperiment, encodeExperimentChange } from "./input.ts";
import { type StoredExperiment, toExperiment } from "./records.ts";
import { finishRemoval, resultRemovals } from "./removal.ts";
import { experiments } from "./tables.ts";
import type {
  CreateExperimentInput,
  Experiment,
  ListExperimentsInput,
  ListExperimentsOutput,
  UpdateExperimentInput,
} from "./types.ts";

/** What `datasets` of the same storage object offers, if there is one. */
export const factsOf = (context: DomainContext): DatasetFacts | undefined =>
  siblingOffer<DatasetFacts>(context, "datasets", datasetFacts);

/** Reads which datasets are being deleted: their runs are detached for every reader, though not yet in the rows. */
const detachments = (context: DomainContext): ReadOp[] => (factsOf(context) ? [datasetDeletions.all()] : []);

const detachedFrom = (page: unknown): Set<string> =>
  page ? deletedIds((page as { rows: StoredRow<typeof deletions>[] }).rows) : new Set();

const seen = (row: StoredExperiment, detached: Set<string>): Experiment =>
  toExperiment(row, row.datasetId !== null && detached.has(row.datasetId));

export async function createRun(context: DomainContext, input: CreateExperimentInput): Promise<Experiment> {
  const { engine, clock } = context;
  const given = checkExperimentId(input.id);
  const columns = encodeExperiment(input);
  if (columns.datasetId !== null && (columns.organizationId === null || columns.projectId === null)) {
    const tenancy = await factsOf(context)?.tenancyOf(columns.datasetId);
    columns.organizationId ??= tenancy?.organizationId ?? null;
    columns.projectId ??= tenancy?.projectId ?? null;
  }
  const now = clock.now();
  const row: Row<typeof experiments> = { id: given ?? clock.id(), ...columns, createdAt: now, updatedAt: now };
  for (;;) {
    try {
      await engine.write(
        given === undefined ? [insert(experiments, row)] : [insert(experiments, row), resultRemovals.none(row.id)],
      );
      return toExperiment(row);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (error.refusal.table === experiments.name) throw experimentTaken(row.id);
      await finishRemoval(engine, row.id);
    }
  }
}

function checkExperimentId(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id !== "string" || id === "")
    throw invalid("id must be a non-empty string", "INVALID_INPUT", { path: "id" });
  checkKeyText(experiments, "id", id);
  return id;
}

/** Sets the given columns without reading first: counters come often, and the last write of each wins. */
export async function updateRun(context: DomainContext, id: string, input: UpdateExperimentInput): Promise<Experiment> {
  const { engine, clock } = context;
  const change = { set: encodeExperimentChange(input), raise: { updatedAt: clock.now() }, expect: "exists" as const };
  try {
    await engine.write([patch(experiments, [id], change)]);
  } catch (error) {
    throw isConflict(error) ? experimentNotFound(id) : error;
  }
  const updated = await readRun(context, id, {});
  if (!updated) throw experimentNotFound(id);
  return updated;
}

export async function readRun(context: DomainContext, id: string, filters: TenancyFilters): Promise<Experiment | null> {
  const [{ rows }, detached] = (await context.engine.read([get(experiments, [[id]]), ...detachments(context)])) as [
    { rows: (StoredExperiment | undefined)[] },
    unknown?,
  ];
  const row = rows[0];
  return row && isInTenancy(row, filters) ? seen(row, detachedFrom(detached)) : null;
}

export async function listRuns(context: DomainContext, args: ListExperimentsInput): Promise<ListExperimentsOutput> {
  const page = checkPage(args.pagination?.page, args.pagination?.perPage, 100);
  const { field, direction } = resolveListOrderBy(args.orderBy, ["createdAt", "status"], {
    field: "createdAt",
    direction: "DESC",
  });
  const tenancy = checkTenancyFilters(args.filters);
  const wanted = checkListFilters(args);
  const nothing = { experiments: [], pagination: pageInfo(page, 0, 0) };
  const texts = [...Object.values(wanted), ...Object.values(tenancy)].filter((value) => typeof value === "string");
  if (!texts.every(isKeyText)) return nothing;

  const filter = allOf(
    ...tenancyFilters(tenancy),
    ...Object.entries(wanted).map(([column, value]): Filter | undefined =>
      value === undefined ? undefined : { op: "eq", column, value },
    ),
  );
  const walk = {
    ...pathFor(field, { ...wanted, ...tenancy }),
    direction: walkDirection(direction),
    ...(filter && { filter }),
  };
  const { listed, beside } = await readListPageBeside(context.engine, detachments(context), experiments, walk, page, {
    after: args.after,
  });
  const detached = detachedFrom(beside[0]);
  if (wanted.datasetId !== undefined && detached.has(wanted.datasetId)) return nothing;
  return {
    experiments: listed.rows.map((row) => seen(row as StoredExperiment, detached)),
    pagination: { ...pageInfo(page, listed.rows.length, listed.total), hasMore: listed.hasMore },
    ...(listed.nextCursor !== undefined && { nextCursor: listed.nextCursor }),
  };
}

/** The members that are tested. The older five take `''` as "not given"; the newer four do not. */
function checkListFilters(args: ListExperimentsInput) {
  const orNothing = (value: string | undefined) => (value === "" ? undefined : value);
  return {
    datasetId: orNothing(optionalText(args.datasetId, "datasetId")),
    targetType: orNothing(optionalText(args.targetType, "targetType")),
    targetId: orNothing(optionalText(args.targetId, "targetId")),
    agentVersion: orNothing(optionalText(args.agentVersion, "agentVersion")),
    status: orNothing(optionalText(args.status, "status")),
    experimentSetId: optionalText(args.experimentSetId, "experimentSetId"),
    comparisonId: optionalText(args.comparisonId, "comparisonId"),
    variantId: optionalText(args.variantId, "variantId"),
    trialIndex: args.trialIndex === undefined ? undefined : requireIndex(args.trialIndex),
  };
}

function requireIndex(value: unknown): number {
  const index = countColumn(value, "trialIndex");
  if (index === null)
    throw invalid("trialIndex must be a whole number from 0", "INVALID_INPUT", { path: "trialIndex" });
  return index;
}

type Wanted = ReturnType<typeof checkListFilters> & TenancyFilters;
type Path = { path: PathName<typeof experiments>; eq?: Readonly<Record<string, string>> };

/** The path that leaves least to residual filters; what it does not cover they test. */
function pathFor(field: "createdAt" | "status", wanted: Wanted): Path {
  const { datasetId, targetType, targetId, experimentSetId, comparisonId, organizationId, projectId, status } = wanted;
  if (datasetId !== undefined) {
    return { path: field === "status" ? "ofDatasetByStatus" : "ofDatasetByCreatedAt", eq: { datasetId } };
  }
  if (field === "status") return { path: "byStatus" };
  if (experimentSetId !== undefined) {
    return comparisonId === undefined
      ? { path: "ofSetByCreatedAt", eq: { experimentSetId } }
      : { path: "ofComparisonByCreatedAt", eq: { experimentSetId, comparisonId } };
  }
  if (targetType !== undefined && targetId !== undefined) {
    return { path: "ofTargetByCreatedAt", eq: { targetType, targetId } };
  }
  if (organizationId !== undefined) {
    return projectId === undefined
      ? { path: "ofOrganizationByCreatedAt", eq: { organizationId } }
      : { path: "ofProjectByCreatedAt", eq: { organizationId, projectId } };
  }
  return status === undefined ? { path: "byCreatedAt" } : { path: "ofStatusByCreatedAt", eq: { status } };
}
