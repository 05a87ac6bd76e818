import { compareText } from "../../engine/compare.ts";
import type { Filter } from "../../engine/filter.ts";
import { allOf, anyOf } from "../../engine/filter.ts";
import { count, type Direction, find, get, type Range } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { readListPageBeside } from "../shared/listing.ts";
import { completePage, readPage } from "../shared/pages.ts";
import { type CheckedPage, pageInfo } from "../shared/pagination.ts";
import { type PendingInDatasets, pendingInDatasets, toPending } from "../shared/siblings.ts";
import { type TenancyFilters, tenancyFilters } from "../shared/tenancy.ts";
import { purgedContent } from "./purge-mark.ts";
import { type StoredItem, toItem, toItemRow } from "./records.ts";
import { datasets, forever, items } from "./tables.ts";
import type { DatasetItem, DatasetItemRow, ListDatasetItemsOutput } from "./types.ts";

/**
 * Reading items. Three things stand between a row and a reader: whether its version is published, whether its dataset is being
 * deleted, and whether the item is being purged. All three are read beside the rows.
 */

/** An item as it is now, or as it was at a version. */
export async function readItem(
  context: DomainContext,
  id: string,
  version: number | undefined,
): Promise<DatasetItem | null> {
  const { engine } = context;
  const walk = newestRows(id, version, 1);
  const [page, pendingPage] = await engine.read([walk, pendingInDatasets()]);
  const pending = toPending(pendingPage.rows);
  let [row] = (await completePage(engine, walk, page)).rows;
  if (row?.writtenBy != null && !isKnownPublished(context, row.writtenBy)) {
    // It was written ahead of its version: only the dataset knows whether that is published.
    const current = await publishedVersion(context, row.datasetId);
    if (current === undefined) return null;
    if (row.datasetVersion <= current) rememberPublished(context, row.writtenBy);
    else [row] = (await readPage(engine, newestRows(id, current, 1))).rows;
  }
  if (!row || row.isDeleted || pending.deleted.has(row.datasetId)) return null;
  return toItem(withoutPurged(row, pending));
}

/** Every row of an item, newest first. */
export async function readHistory(context: DomainContext, id: string): Promise<DatasetItemRow[]> {
  const { engine } = context;
  const walk = newestRows(id, undefined, undefined);
  const [page, pendingPage] = await engine.read([walk, pendingInDatasets()]);
  const pending = toPending(pendingPage.rows);
  let { rows } = await completePage(engine, walk, page);
  const [newest] = rows;
  if (!newest || pending.deleted.has(newest.datasetId)) return [];
  if (newest.writtenBy !== null || newest.validTo !== null) {
    const current = (await publishedVersion(context, newest.datasetId)) ?? 0;
    rows = rows.filter((row) => row.datasetVersion <= current);
    if (rows[0]) rows[0] = { ...rows[0], validTo: null };
  }
  return rows.map((row) => toItemRow(withoutPurged(row, pending)));
}

/** All items visible at a version, newest first. */
export async function readItemsAt(context: DomainContext, datasetId: string, version: number): Promise<DatasetItem[]> {
  if (version <= 0) return [];
  const { engine } = context;
  const listing = { datasetId, search: undefined, filters: {}, field: "createdAt", direction: "desc" } as const;
  const walk = find(items, walkOf(listing, version, since(version)));
  const state = stateOf(datasetId);
  const [before, page, pendingPage, after] = await engine.read([state, walk, pendingInDatasets(), state]);
  const dataset = before.rows[0];
  if (!dataset || !after.rows[0]) return [];
  // Beyond the published version only rows that somebody is writing differ from the current ones.
  const isCalm = dataset.reservation === null && after.rows[0]._rev === dataset._rev;
  if (version > dataset.version && !isCalm) return readItemsAt(context, datasetId, dataset.version);
  const rows = once((await completePage(engine, walk, page)).rows);
  rows.sort((a, b) => b.createdAt - a.createdAt || compareText(b.id, a.id));
  const pending = toPending(pendingPage.rows);
  return rows.map((row) => toItem(withoutPurged(row, pending)));
}

export interface ItemListing {
  readonly datasetId: string;
  readonly version: number | undefined;
  readonly search: string | undefined;
  readonly filters: TenancyFilters;
  readonly page: CheckedPage;
  readonly field: "createdAt" | "updatedAt";
  readonly direction: Direction;
}

/**
 * A page of visible items. Rows that nobody superseded stand together in the order of the list, so that the current items are
 * one walk. An older version adds the rows that were superseded since: those are sorted beside, by their keys only. The state
 * of the dataset is read on both sides of it, since not every database has snapshots: when it moved, the rows of the version
 * first seen are walked again in a way that later versions cannot disturb.
 */
export async function listItems(context: DomainContext, listing: ItemListing): Promise<ListDatasetItemsOutput> {
  const { datasetId, version, page } = listing;
  const state = stateOf(datasetId);
  const superseded = version === undefined ? [] : [{ ...supersededSince(listing, version), limit: 1 }];
  const { listed, ahead, beside } = await readListPageBeside(
    context.engine,
    [state, pendingInDatasets()],
    items,
    openWalk(listing, version),
    page,
    { ahead: [state, ...superseded] },
  );
  const dataset = ahead[0].rows[0];
  const [{ rows: after }, pendingPage] = beside;
  if (!dataset || !after[0]) return { items: [], pagination: pageInfo(page, 0, 0) };
  const isCalm = dataset._rev === after[0]._rev;
  const later = ahead[1] as { rows: unknown[]; end: string } | undefined;
  const isOneWalk =
    version === undefined || version > dataset.version
      ? dataset.reservation === null
      : later?.rows.length === 0 && later.end === "exhausted";
  if (isCalm && isOneWalk) {
    const pending = toPending(pendingPage.rows);
    return {
      items: listed.rows.map((row) => toItem(withoutPurged(row as StoredItem, pending))),
      pagination: pageInfo(page, listed.rows.length, listed.total),
    };
  }
  const at = Math.min(version ?? dataset.version, dataset.version);
  // Who holds a reservation moves rows from the open ones to the superseded while the revision stands.
  const isStill = isCalm && dataset.reservation === null;
  const merged = isStill ? await mergedKeys(context, listing, at, dataset._rev) : undefined;
  const { keys, total } = merged ?? (await walkedKeys(context, listing, at));
  return fetchPage(context, listing, keys, total);
}

const keyColumns = ["id", "datasetVersion", "createdAt", "updatedAt"] as const;
type ItemKey = Pick<StoredItem, (typeof keyColumns)[number]>;

interface PageKeys {
  /** The keys of the page, in order. */
  readonly keys: readonly ItemKey[];
  readonly total: number;
}

/**
 * The keys of a page at an older version: those of rows open now, as far as the page reaches, merged with those superseded
 * since. `undefined` when the dataset moved meanwhile, and a row may have passed from one to the other.
 */
async function mergedKeys(
  { engine }: DomainContext,
  listing: ItemListing,
  version: number,
  rev: number,
): Promise<PageKeys | undefined> {
  const { page, datasetId } = listing;
  const end = page.limit === undefined ? undefined : page.offset + page.limit;
  const openKeys = openWalk(listing, version);
  const open = find(items, { ...openKeys, columns: keyColumns, ...(end !== undefined && { limit: end }) });
  const later = supersededSince(listing, version);
  const { direction: _direction, ...counted } = openKeys;
  const ops = [open, later, count(items, counted)] as const;
  const [openPage, laterPage, { count: openCount }] = await engine.read(ops);
  const laterRows = (await completePage(engine, later, laterPage)).rows;
  const openRows = end === 0 ? [] : (await completePage(engine, open, openPage)).rows;
  const [{ rows: now }] = await engine.read([stateOf(datasetId)]);
  if (now[0]?._rev !== rev) return undefined;
  return { keys: pageOf([...openRows, ...laterRows], listing), total: openCount + laterRows.length };
}

/** The keys of a page at a version, by one walk over all rows that were visible then: a row that is superseded stays in it. */
async function walkedKeys({ engine }: DomainContext, listing: ItemListing, version: number): Promise<PageKeys> {
  const downwards = walkOf({ ...listing, direction: "desc" }, version, since(version));
  const rows = once((await readPage(engine, find(items, { ...downwards, columns: keyColumns }))).rows);
  return { keys: pageOf(rows, listing), total: rows.length };
}

/**
 * Rows that are superseded while a walk pauses move from its head downwards: one that goes down meets them all, some twice.
 */
function once<Row extends Pick<ItemKey, "id" | "datasetVersion">>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [`${row.datasetVersion} ${row.id}`, row])).values()];
}

function pageOf(keys: ItemKey[], { page, field, direction }: ItemListing): ItemKey[] {
  const sign = direction === "desc" ? -1 : 1;
  keys.sort((a, b) => sign * (a[field] - b[field] || compareText(a.id, b.id)));
  return keys.slice(page.offset, page.limit === undefined ? undefined : page.offset + page.limit);
}

/** The items of a page, unless their dataset was deleted meanwhile. */
async function fetchPage(
  { engine }: DomainContext,
  { datasetId, page }: ItemListing,
  keys: readonly ItemKey[],
  total: number,
): Promise<ListDatasetItemsOutput> {
  const [{ rows }, pendingPage, { rows: after }] = await engine.read([
    get(
      items,
      keys.map(({ id, datasetVersion }) => [id, datasetVersion]),
    ),
    pendingInDatasets(),
    stateOf(datasetId),
  ]);
  if (!after[0]) return { items: [], pagination: pageInfo(page, 0, 0) };
  const pending = toPending(pendingPage.rows);
  const present = rows.filter((row) => row !== undefined);
  return {
    items: present.map((row) => toItem(withoutPurged(row, pending))),
    pagination: pageInfo(page, present.length, total),
  };
}

/** What decides which rows of a dataset are visible. */
const stateOf = (datasetId: string) => get(datasets, [[datasetId]], ["version", "reservation"]);

/** Rows that were not superseded by a version. */
const since = (version: number): Range => ({ lower: { at: [version], inclusive: false } });

/** Rows that are open now, in the order of the list. */
function openWalk(listing: ItemListing, version: number | undefined) {
  const at = { at: [forever], inclusive: true };
  return walkOf(listing, version, { lower: at, upper: at });
}

/** The keys of rows that were visible at a version and have been superseded since. */
const supersededSince = (listing: ItemListing, version: number) =>
  find(items, {
    ...walkOf(listing, version, {
      lower: { at: [version], inclusive: false },
      upper: { at: [forever], inclusive: false },
    }),
    columns: keyColumns,
  });

function walkOf(
  { datasetId, search, filters, field, direction }: Omit<ItemListing, "page" | "version">,
  version: number | undefined,
  range: Range,
) {
  const filter = allOf(
    version === undefined ? undefined : { op: "lte", column: "datasetVersion", value: version },
    ...tenancyFilters(filters),
    search === undefined || search === "" ? undefined : searchFilter(search),
  );
  return {
    path: field === "createdAt" ? ("visibleByCreatedAt" as const) : ("visibleByUpdatedAt" as const),
    eq: { datasetId, isDeleted: false },
    range,
    direction,
    ...(filter && { filter }),
  };
}

const searchFilter = (value: string): Filter =>
  anyOf({ op: "search", column: "input", value }, { op: "search", column: "groundTruth", value });

const newestRows = (id: string, version: number | undefined, limit: number | undefined) =>
  find(items, {
    path: "ofItem",
    eq: { id },
    direction: "desc",
    ...(version !== undefined && { range: { upper: { at: [version], inclusive: true } } }),
    ...(limit !== undefined && { limit }),
  });

/** Writers whose rows are published, once and for all: so most rows of large imports need no second look. */
const published = new WeakMap<object, Set<string>>();
const mostRemembered = 1000;

const isKnownPublished = ({ engine }: DomainContext, writer: string) => published.get(engine)?.has(writer) ?? false;

function rememberPublished({ engine }: DomainContext, writer: string): void {
  let writers = published.get(engine);
  if (!writers) published.set(engine, (writers = new Set()));
  writers.add(writer);
  if (writers.size > mostRemembered) writers.delete(writers.values().next().value as string);
}

async function publishedVersion({ engine }: DomainContext, datasetId: string): Promise<number | undefined> {
  const [{ rows }] = await engine.read([get(datasets, [[datasetId]], ["version"])]);
  return rows[0]?.version;
}

function withoutPurged(row: StoredItem, pending: PendingInDatasets): StoredItem {
  const purgedAt = row.purgedAt === null ? pending.purged.get(row.id) : undefined;
  return purgedAt === undefined ? row : { ...row, ...purgedContent(purgedAt) };
}
