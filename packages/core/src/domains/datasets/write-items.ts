import { checkKeyText } from "../../engine/keys.ts";
import { type Find, find, insert, patch, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { completePage, readPage } from "../shared/pages.ts";
import { isInTenancy, type TenancyFilters } from "../shared/tenancy.ts";
import { changeDataset } from "./change-dataset.ts";
import {
  datasetNotFound,
  itemElsewhere,
  itemNotFound,
  itemPurged,
  SchemaValidationError,
  type ValidatedField,
} from "./errors.ts";
import { acceptIdentities, identityReads } from "./identity.ts";
import { encodeGiven, encodePayload, type PayloadColumns } from "./payload.ts";
import { type StoredDataset, type StoredItem, toItem } from "./records.ts";
import { validatorOf } from "./schema/validator.ts";
import { forever, items } from "./tables.ts";
import type { DatasetItem, DatasetItemPayload } from "./types.ts";

type ItemRow = Row<typeof items>;

/** Inserts items as one version, or returns those that stand already under their external ids. */
export function insertItems(
  context: DomainContext,
  datasetId: string,
  filters: TenancyFilters,
  payloads: readonly DatasetItemPayload[],
): Promise<DatasetItem[]> {
  const { clock } = context;
  const encoded: PayloadColumns[] = [];
  const ids = new Map<number, string>();
  const idOf = (index: number) => {
    let id = ids.get(index);
    if (id === undefined) ids.set(index, (id = clock.id()));
    return id;
  };
  return changeDataset(context, {
    datasetId,
    filters,
    reads: identityReads(datasetId, payloads),
    missing: () => {
      throw datasetNotFound(datasetId);
    },
    async decide(dataset, answers) {
      const validate = await payloadValidator(dataset);
      for (const [index, payload] of payloads.entries()) {
        const externalId = checkExternalId(payload.externalId, index);
        encoded[index] ??= encodePayload(payload);
        validate(payload, { datasetId, index, ...(externalId !== null && { externalId }) });
      }
      const known = [];
      for (const [at, op] of identityReads(datasetId, payloads).entries()) {
        known.push(...(await rest(context, op, answers[at])));
      }
      const accepted = await acceptIdentities(context, datasetId, payloads, known, idOf);

      const now = clock.now();
      const rows: ItemRow[] = [];
      const rowAt = new Map<number, ItemRow>();
      const version = dataset.version + 1;
      for (const [index, verdict] of accepted.entries()) {
        if (verdict !== "new") continue;
        const row: ItemRow = {
          id: idOf(index),
          datasetId,
          datasetVersion: version,
          externalId: payloads[index]?.externalId ?? null,
          organizationId: dataset.organizationId,
          projectId: dataset.projectId,
          validTo: null,
          openUntil: forever,
          isDeleted: false,
          ...(encoded[index] as PayloadColumns),
          purgedAt: null,
          writtenBy: null,
          createdAt: now,
          updatedAt: now,
        };
        rows.push(row);
        rowAt.set(index, row);
      }
      const result = accepted.map((verdict, index) => {
        if (verdict === "new") return toItem(rowAt.get(index) as ItemRow);
        return "existing" in verdict
          ? structuredClone(verdict.existing)
          : toItem(rowAt.get(verdict.repeats) as ItemRow);
      });
      if (rows.length === 0) return { result };
      return { rows: (writtenBy) => rows.map((row) => insert(items, { ...row, writtenBy })), result };
    },
  });
}

/** Replaces the given fields of an item. */
export function updateItem(
  context: DomainContext,
  { id, datasetId, filters }: ItemTarget,
  change: Partial<DatasetItemPayload>,
): Promise<DatasetItem> {
  let encoded: Partial<PayloadColumns> | undefined;
  return changeDataset(context, {
    datasetId,
    filters,
    reads: [newestRow(id)],
    missing: () => {
      throw datasetNotFound(datasetId);
    },
    async decide(dataset, [newest]) {
      const [row] = (await rest(context, newestRow(id), newest)) as StoredItem[];
      if (isNewer(row, dataset)) return undefined;
      if (!row || row.isDeleted) throw itemNotFound(datasetId, id);
      if (row.datasetId !== datasetId) {
        throw isInTenancy(row, filters) ? itemElsewhere(datasetId, id) : itemNotFound(datasetId, id);
      }
      if (row.purgedAt !== null) throw itemPurged(datasetId, id);
      encoded ??= encodeGiven(change);
      (await payloadValidator(dataset))(change, { datasetId, itemId: id });
      const next = succeed(row, dataset, context.clock.now(), encoded);
      return { rows: (writtenBy) => replace(row, next, writtenBy), result: toItem(next) };
    },
  });
}

export interface ItemTarget {
  readonly id: string;
  readonly datasetId: string;
  readonly filters: TenancyFilters;
}

/** Puts a tombstone on an item. */
export function deleteItem(context: DomainContext, { id, datasetId, filters }: ItemTarget): Promise<void> {
  return changeDataset(context, {
    datasetId,
    filters,
    reads: [newestRow(id)],
    missing: () => undefined,
    async decide(dataset, [newest]) {
      const [row] = (await rest(context, newestRow(id), newest)) as StoredItem[];
      if (isNewer(row, dataset)) return undefined;
      if (!row || row.isDeleted) return { result: undefined };
      if (row.datasetId !== datasetId) {
        if (isInTenancy(row, filters)) throw itemElsewhere(datasetId, id);
        return { result: undefined };
      }
      return { rows: bury([row], dataset, context.clock.now()), result: undefined };
    },
  });
}

/** Puts a tombstone on each of the items that are live in this dataset. */
export function deleteItems(
  context: DomainContext,
  datasetId: string,
  filters: TenancyFilters,
  itemIds: readonly string[],
): Promise<void> {
  const chunks: ReturnType<typeof openRows>[] = [];
  const ids = [...new Set(itemIds)];
  for (let at = 0; at < ids.length; at += 500) chunks.push(openRows(ids.slice(at, at + 500)));
  return changeDataset(context, {
    datasetId,
    filters,
    reads: chunks.slice(0, 1),
    missing: () => {
      throw datasetNotFound(datasetId);
    },
    async decide(dataset, [first]) {
      const rows: StoredItem[] = [];
      for (const [at, chunk] of chunks.entries()) {
        const found = at === 0 ? await rest(context, chunk, first) : (await readPage(context.engine, chunk)).rows;
        if (found.some((row) => isNewer(row, dataset))) return undefined;
        for (const row of found) if (!row.isDeleted && row.datasetId === datasetId) rows.push(row as StoredItem);
      }
      if (rows.length === 0) return { result: undefined };
      return { rows: bury(rows, dataset, context.clock.now()), result: undefined };
    },
  });
}

const newestRow = (id: string) => find(items, { path: "ofItem", eq: { id }, direction: "desc", limit: 1 });

/** Whether a row was written after the dataset was read. */
const isNewer = (row: StoredItem | undefined, dataset: StoredDataset): boolean =>
  row?.datasetId === dataset.id && row.datasetVersion > dataset.version;

const openRows = (ids: readonly string[]) =>
  find(items, { path: "ofItem", eq: { id: ids }, filter: { op: "eq", column: "openUntil", value: forever } });

/** All rows of a page that was read beside the dataset, however often the engine paused. */
async function rest(context: DomainContext, op: Find<typeof items>, page: unknown) {
  return (await completePage(context.engine, op, page as never)).rows as StoredItem[];
}

const bury =
  (rows: readonly StoredItem[], dataset: StoredDataset, now: number) =>
  (writtenBy: string | null): WriteOp[] => {
    const ops = rows.map((row) => replace(row, { ...succeed(row, dataset, now, {}), isDeleted: true }, writtenBy));
    // All rows are closed before the first tombstone opens: so the batches of a large deletion can be cut anywhere.
    return [...ops.map(([close]) => close as WriteOp), ...ops.map(([, open]) => open as WriteOp)];
  };

/** The row that comes after another one of the same item. */
function succeed(row: StoredItem, dataset: StoredDataset, now: number, change: Partial<PayloadColumns>): ItemRow {
  const { _rev, ...columns } = row;
  return {
    ...columns,
    ...change,
    datasetVersion: dataset.version + 1,
    organizationId: dataset.organizationId,
    projectId: dataset.projectId,
    validTo: null,
    openUntil: forever,
    updatedAt: Math.max(now, row.updatedAt),
  };
}

/** Closes a row and opens the next. The revision refuses it when the item was purged meanwhile, which makes no version. */
function replace(row: StoredItem, next: ItemRow, writtenBy: string | null): [close: WriteOp, open: WriteOp] {
  const until = { validTo: next.datasetVersion, openUntil: next.datasetVersion };
  return [
    patch(items, [row.id, row.datasetVersion], { set: until, expect: { rev: row._rev } }),
    insert(items, { ...next, writtenBy }),
  ];
}

function checkExternalId(externalId: unknown, index: number): string | null {
  if (externalId === undefined || externalId === null) return null;
  const path = `items[${index}].externalId`;
  if (typeof externalId !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  if (externalId === "") {
    throw invalid("externalId must not be empty", "INVALID_INPUT", { path }, "DATASET_ITEM_EXTERNAL_ID_INVALID");
  }
  checkKeyText(items, "externalId", externalId);
  return externalId;
}

type PayloadCheck = (payload: Partial<DatasetItemPayload>, details: Record<string, string | number>) => void;

/** Tests the given fields of payloads against the schemas of a dataset. */
export async function payloadValidator(
  schemas: Pick<StoredDataset, "inputSchema" | "groundTruthSchema">,
): Promise<PayloadCheck> {
  const input = schemas.inputSchema === null ? undefined : await validatorOf(schemas.inputSchema);
  const groundTruth = schemas.groundTruthSchema === null ? undefined : await validatorOf(schemas.groundTruthSchema);
  return (payload, details) => {
    const fields: [ValidatedField, typeof input][] = [
      ["input", input],
      ["groundTruth", groundTruth],
    ];
    for (const [field, validate] of fields) {
      if (!validate || payload[field] === undefined) continue;
      const errors = validate(payload[field]);
      if (errors.length > 0) throw new SchemaValidationError(field, errors, details);
    }
  };
}
