import { allOf, anyOf, type Filter } from "../../engine/filter.ts";
import { jsonEqual } from "../../engine/json.ts";
import { checkKeyText } from "../../engine/keys.ts";
import { find, get, insert } from "../../engine/operations.ts";
import type { PathName, Row } from "../../engine/table.ts";
import { invalid, isConflict, StorageError } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { isKeyText } from "../shared/key-text.ts";
import { readListPageBeside } from "../shared/listing.ts";
import { resolveListOrderBy, walkDirection } from "../shared/ordering.ts";
import { walkPages } from "../shared/pages.ts";
import { checkPage, pageInfo } from "../shared/pagination.ts";
import { datasetDeletions } from "../shared/siblings.ts";
import { storedJson } from "../shared/stored-json.ts";
import { checkTenancyFilters, isInTenancy, type TenancyFilters, tenancyFilters } from "../shared/tenancy.ts";
import { optionalText } from "../shared/values.ts";
import { changeDataset } from "./change-dataset.ts";
import { datasetNotFound, type FailingItem, SchemaUpdateValidationError, SchemaValidationError } from "./errors.ts";
import { encodeDataset, encodeDatasetChange } from "./input.ts";
import { type StoredDataset, toDataset } from "./records.ts";
import { finishRemoval } from "./remove-dataset.ts";
import { validatorOf } from "./schema/validator.ts";
import { datasets, forever, items } from "./tables.ts";
import type {
  CreateDatasetInput,
  DatasetRecord,
  ListDatasetsInput,
  ListDatasetsOutput,
  UpdateDatasetInput,
} from "./types.ts";
import { payloadValidator } from "./write-items.ts";

const immutable = ["organizationId", "projectId", "candidateKey", "candidateId"] as const;

/** Creates a dataset, or returns the one that has the id. */
export async function createDataset(context: DomainContext, input: CreateDatasetInput): Promise<DatasetRecord> {
  const { engine, clock } = context;
  const given = checkDatasetId(input.id);
  const columns = encodeDataset(input);
  for (const schema of [columns.inputSchema, columns.groundTruthSchema]) if (schema !== null) await validatorOf(schema);

  const now = clock.now();
  const id = given ?? clock.id();
  const row: Row<typeof datasets> = { id, ...columns, version: 0, reservation: null, createdAt: now, updatedAt: now };
  for (;;) {
    try {
      // A generated id cannot be one that is being deleted.
      await engine.write(
        given === undefined ? [insert(datasets, row)] : [insert(datasets, row), datasetDeletions.none(id)],
      );
      return toDataset(row);
    } catch (error) {
      if (!isConflict(error) || given === undefined) throw error;
      if (error.refusal.table !== datasets.name) {
        await finishRemoval(context, id);
        continue;
      }
    }
    const [{ rows }] = await engine.read([get(datasets, [[id]])]);
    const existing = rows[0];
    if (!existing) continue;
    if (immutable.every((column) => existing[column] === row[column])) return toDataset(existing);
    throw new StorageError(`the dataset id ${id} is in use with another tenant or candidate`, {
      code: "already_exists",
      id: "DATASET_ID_CONFLICT",
      details: { datasetId: id },
    });
  }
}

function checkDatasetId(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id !== "string") throw invalid("id must be a string", "INVALID_INPUT", { path: "id" });
  if (id === "") throw invalid("id must not be empty", "INVALID_ID", { path: "id" }, "DATASET_INVALID_ID");
  checkKeyText(datasets, "id", id);
  return id;
}

/** A dataset within the filters. */
export async function readDataset(
  { engine }: DomainContext,
  id: string,
  filters: TenancyFilters,
): Promise<DatasetRecord | null> {
  const [{ rows }] = await engine.read([get(datasets, [[id]])]);
  const row = rows[0];
  return row && isInTenancy(row, filters) ? toDataset(row) : null;
}

/** Changes a dataset; schemas only when every current item satisfies them. */
export function updateDataset(
  context: DomainContext,
  id: string,
  filters: TenancyFilters,
  input: UpdateDatasetInput,
): Promise<DatasetRecord> {
  const change = encodeDatasetChange(input);
  return changeDataset(context, {
    datasetId: id,
    filters,
    reads: [],
    missing: () => {
      throw datasetNotFound(id);
    },
    async decide(row, _answers, { refusals, hold }) {
      const set = { ...change, updatedAt: Math.max(context.clock.now(), row.updatedAt) };
      const next: StoredDataset = { ...row, ...set };
      const changed = (["inputSchema", "groundTruthSchema"] as const).filter(
        (column) => !isSameJson(row, next, column),
      );
      for (const column of changed) if (next[column] !== null) await validatorOf(next[column]);
      if (changed.some((column) => next[column] !== null)) {
        // In a dataset that is written all the time only a reservation makes an end of validating anew.
        await validateItems(context, next, refusals > 0 ? hold : async () => {});
      }
      return { set, result: toDataset(next) };
    },
  });
}

function isSameJson(a: StoredDataset, b: StoredDataset, column: "inputSchema" | "groundTruthSchema"): boolean {
  return a[column] === b[column] || jsonEqual(storedJson(datasets, a, column), storedJson(datasets, b, column));
}

const mostFailing = 10;

/** Tests every current item against the schemas of `dataset`. @throws SchemaUpdateValidationError */
async function validateItems(
  { engine }: DomainContext,
  dataset: StoredDataset,
  hold: () => Promise<void>,
): Promise<void> {
  const check = await payloadValidator(dataset);
  const failing: FailingItem[] = [];
  const at = { at: [forever], inclusive: true };
  const walk = find(items, {
    path: "visibleByCreatedAt",
    eq: { datasetId: dataset.id, isDeleted: false },
    range: { lower: at, upper: at },
    direction: "desc",
    columns: ["id", "datasetVersion", "input", "groundTruth", "purgedAt"],
  });
  let index = 0;
  await hold();
  for await (const rows of walkPages(engine, walk, 200)) {
    await hold();
    for (const row of rows) {
      const position = index++;
      if (row.purgedAt !== null) continue;
      const input = storedJson(items, row, "input");
      const groundTruth = storedJson(items, row, "groundTruth");
      for (const field of ["input", "groundTruth"] as const) {
        const value = field === "input" ? input : groundTruth;
        try {
          check({ [field]: value }, {});
        } catch (error) {
          if (!(error instanceof SchemaValidationError)) throw error;
          failing.push({ index: position, data: { input, groundTruth }, field, errors: error.errors });
        }
      }
      if (failing.length >= mostFailing) {
        throw new SchemaUpdateValidationError(failing.slice(0, mostFailing), { datasetId: dataset.id });
      }
    }
  }
  if (failing.length > 0) throw new SchemaUpdateValidationError(failing, { datasetId: dataset.id });
}

/** A page of datasets. */
export async function listDatasets(context: DomainContext, args: ListDatasetsInput): Promise<ListDatasetsOutput> {
  const page = checkPage(args.pagination?.page, args.pagination?.perPage, 100);
  const orderBy = resolveListOrderBy(args.orderBy, ["createdAt", "updatedAt", "name"], {
    field: "createdAt",
    direction: "DESC",
  });
  const tenancy = checkTenancyFilters(args.filters);
  const { candidateKey, candidateId, targetType, targetIds, name } = checkListFilters(args.filters ?? {});
  const scope = [tenancy.organizationId, tenancy.projectId, candidateKey, candidateId];
  if (!scope.every((value) => value === undefined || isKeyText(value))) {
    return { datasets: [], pagination: pageInfo(page, 0, 0) };
  }
  const equal = (column: string, value: string | undefined): Filter | undefined =>
    value === undefined ? undefined : { op: "eq", column, value };
  const filter = allOf(
    ...tenancyFilters(tenancy),
    equal("candidateKey", candidateKey),
    equal("candidateId", candidateId),
    equal("targetType", targetType),
    targetIds.length === 0
      ? undefined
      : anyOf(...targetIds.map((id): Filter => ({ op: "contains", column: "targetIds", value: JSON.stringify(id) }))),
    name === undefined || name === "" ? undefined : { op: "search", column: "name", value: name },
  );
  const walk = {
    ...pathFor(orderBy.field, { ...tenancy, candidateKey, candidateId }),
    direction: walkDirection(orderBy.direction),
    ...(filter && { filter }),
  };
  const { listed } = await readListPageBeside(context.engine, [], datasets, walk, page, { after: args.after });
  return {
    datasets: listed.rows.map((row) => toDataset(row as StoredDataset)),
    pagination: { ...pageInfo(page, listed.rows.length, listed.total), hasMore: listed.hasMore },
    ...(listed.nextCursor !== undefined && { nextCursor: listed.nextCursor }),
  };
}

interface PathFilters extends TenancyFilters {
  candidateKey: string | undefined;
  candidateId: string | undefined;
}

/** The path that leaves least to residual filters; what it does not cover they test. */
function pathFor(
  field: "createdAt" | "updatedAt" | "name",
  filters: PathFilters,
): { path: PathName<typeof datasets>; eq?: Readonly<Record<string, string>> } {
  const { organizationId, projectId, candidateKey, candidateId } = filters;
  if (field === "createdAt") {
    if (candidateKey !== undefined && candidateId !== undefined) {
      return { path: "ofCandidateByCreatedAt", eq: { candidateKey, candidateId } };
    }
    if (organizationId !== undefined && projectId !== undefined) {
      return { path: "ofProjectByCreatedAt", eq: { organizationId, projectId } };
    }
    if (candidateKey !== undefined) return { path: "ofCandidateKeyByCreatedAt", eq: { candidateKey } };
  }
  if (organizationId !== undefined) {
    const path = {
      createdAt: "ofOrganizationByCreatedAt",
      updatedAt: "ofOrganizationByUpdatedAt",
      name: "ofOrganizationByName",
    } as const;
    return { path: path[field], eq: { organizationId } };
  }
  return { path: ({ createdAt: "byCreatedAt", updatedAt: "byUpdatedAt", name: "byName" } as const)[field] };
}

function checkListFilters(filters: NonNullable<ListDatasetsInput["filters"]>) {
  const { targetIds = [] } = filters;
  if (!Array.isArray(targetIds) || !targetIds.every((id) => typeof id === "string")) {
    throw invalid("filters.targetIds must be an array of strings", "INVALID_INPUT", { path: "filters.targetIds" });
  }
  return {
    candidateKey: optionalText(filters.candidateKey, "filters.candidateKey"),
    candidateId: optionalText(filters.candidateId, "filters.candidateId"),
    targetType: optionalText(filters.targetType, "filters.targetType"),
    name: optionalText(filters.name, "filters.name"),
    targetIds,
  };
}
