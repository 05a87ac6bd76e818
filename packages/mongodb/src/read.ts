import {
  type Aggregate,
  type AggregateResult,
  Aggregator,
  type Count,
  compileFilter,
  decodeCursor,
  encodeCursor,
  type Filter,
  type Find,
  filterColumns,
  type Get,
  type GetResult,
  type Page,
  pathOf,
  type ReadOp,
  type StoredRow,
  type Walk,
} from "@stowage/core/engine";
import type { Document } from "mongodb";
import { canAggregate, readGroups } from "./aggregate.ts";
import { splitFilter } from "./filter.ts";
import { revision } from "./mapping.ts";
import { collectionOf, type Reach, readOptions } from "./reading.ts";
import { conditionsOf, matchesOf, sortOf } from "./walk.ts";

/** Most documents the server sends at once. */
export const mostAtOnce = 1000;

export function readOne(reach: Reach, op: ReadOp): Promise<unknown> {
  switch (op.op) {
    case "get":
      return readByKeys(reach, op);
    case "find":
      return readPage(reach, op);
    case "count":
      return readCount(reach, op);
    case "aggregate":
      return readAggregate(reach, op);
  }
}

async function readByKeys(reach: Reach, { table, keys, columns }: Get): Promise<GetResult> {
  const mapping = reach.mappingOf(table);
  const ids = keys.map((key) => mapping.id(key));
  const wanted = [...new Set(ids)];
  const found = new Map<string, Document>();
  const collection = await collectionOf(reach, table);
  for (let start = 0; start < wanted.length; start += mostAtOnce) {
    const part = wanted.slice(start, start + mostAtOnce);
    const projection = mapping.projection(columns);
    const documents = collection.find<Document>(
      { _id: part.length === 1 ? (part[0] as string) : { $in: part } },
      { ...readOptions(reach), ...(projection && { projection: { ...projection, _id: 1 } }), batchSize: mostAtOnce },
    );
    for await (const document of documents) found.set(document._id as string, document);
  }
  return {
    rows: ids.map((id) => {
      const document = found.get(id);
      return document && mapping.row(document, columns);
    }),
  };
}

export async function readPage(reach: Reach, op: Find): Promise<Page> {
  const { table, columns, limit = Number.POSITIVE_INFINITY, offset = 0, direction = "asc" } = op;
  if (limit <= 0) return { rows: [], end: "limit", ...(op.cursor !== undefined && { cursor: op.cursor }) };
  const mapping = reach.mappingOf(table);
  const { derived } = splitFilter(mapping, op.filter, reach.isDerived);
  const { order } = pathOf(table, op.path);
  const fetched = columns && [...new Set([...columns, ...order, ...filterColumns(derived)])];
  const documents = await walk(reach, op, fetched, {
    ...(op.cursor !== undefined && { after: decodeCursor(op) }),
    direction,
    // Where rows are left out here, nobody knows how many have to be looked at.
    ...(derived ? {} : { skip: offset, most: limit + 1 }),
    pageSize: derived ? Math.max(100, 2 * limit) : limit + 1,
  });
  const test = derived ? compileFilter(table, derived) : undefined;
  const rows: StoredRow[] = [];
  let passed = derived ? 0 : offset;
  let last: StoredRow | undefined;
  for await (const document of documents) {
    const whole = mapping.row(document, fetched);
    if (test && !test(whole)) continue;
    if (passed++ < offset) continue;
    if (rows.length === limit) return { rows, end: "limit", cursor: encodeCursor(op, last as StoredRow) };
    last = whole;
    rows.push(columns ? project(whole, columns) : whole);
  }
  return { rows, end: "exhausted" };
}

async function readCount(reach: Reach, op: Count): Promise<{ count: number }> {
  const { table, limit } = op;
  if (limit !== undefined && limit <= 0) return { count: 0 };
  const mapping = reach.mappingOf(table);
  const { native, derived } = splitFilter(mapping, op.filter, reach.isDerived);
  if (!derived) {
    const collection = await collectionOf(reach, table);
    const matches = matchesOf(conditionsOf(mapping, op, { filter: native }));
    const [found] = await collection.aggregate<Document>([...matches, ...countOf(limit)], readOptions(reach)).toArray();
    return { count: Number(found?.count ?? 0) };
  }
  const test = compileFilter(table, derived);
  let count = 0;
  const columns = [...filterColumns(derived)];
  for await (const document of await walk(reach, op, columns, {})) {
    if (test(mapping.row(document, columns)) && ++count === limit) break;
  }
  return { count };
}

async function readAggregate(reach: Reach, op: Aggregate): Promise<AggregateResult> {
  const mapping = reach.mappingOf(op.table);
  const { native, derived } = splitFilter(mapping, op.filter, reach.isDerived);
  if (!reach.isDerived && !derived && canAggregate(mapping, op)) {
    return readGroups(reach, op, matchesOf(conditionsOf(mapping, op, { filter: native })));
  }
  const aggregator = new Aggregator(op);
  const test = derived ? compileFilter(op.table, derived) : undefined;
  const columns = [...new Set([...Aggregator.columns(op), ...filterColumns(derived)])];
  for await (const document of await walk(reach, op, columns, {})) {
    const row = mapping.row(document, columns);
    if (!test || test(row)) aggregator.add(row);
  }
  return aggregator.result();
}

interface WalkSettings {
  readonly after?: ReturnType<typeof decodeCursor>;
  readonly direction?: "asc" | "desc";
  readonly skip?: number;
  readonly most?: number;
  readonly pageSize?: number;
}

/** The documents of a walk that the database lets through; in their order where a direction is given. */
export async function walk(
  reach: Reach,
  op: Walk & { readonly filter?: Filter },
  columns: readonly string[] | undefined,
  { after, direction, skip = 0, most = Number.POSITIVE_INFINITY, pageSize = mostAtOnce }: WalkSettings,
): Promise<AsyncIterable<Document>> {
  const mapping = reach.mappingOf(op.table);
  const { native } = splitFilter(mapping, op.filter, reach.isDerived);
  const start = after && direction ? { after, direction } : undefined;
  const projection = columns && { _id: 0, [revision]: 1, ...mapping.projection(columns) };
  const sort = direction && sortOf(mapping, op, direction);
  const collection = await collectionOf(reach, op.table);
  const batchSize = Math.min(mostAtOnce, Math.max(2, pageSize));
  const conditions = conditionsOf(mapping, op, { start, filter: native });
  if (conditions.length < 2) {
    return collection.find<Document>(conditions[0] ?? {}, {
      ...readOptions(reach),
      ...(projection && { projection }),
      ...(sort && { sort }),
      ...(skip > 0 && { skip }),
      ...(Number.isFinite(most) && { limit: most }),
      batchSize,
    });
  }
  const pipeline = [
    ...matchesOf(conditions),
    ...(sort ? [{ $sort: sort }] : []),
    ...(skip > 0 ? [{ $skip: skip }] : []),
    ...(Number.isFinite(most) ? [{ $limit: most }] : []),
    ...(projection ? [{ $project: projection }] : []),
  ];
  return collection.aggregate<Document>(pipeline, { ...readOptions(reach), allowDiskUse: true, batchSize });
}

/** The stages that count what comes, up to a limit. */
export const countOf = (limit: number | undefined): Document[] => [
  ...(limit === undefined ? [] : [{ $limit: limit }]),
  { $group: { _id: null, count: { $sum: 1 } } },
];

export function project(row: StoredRow, columns: readonly string[]): StoredRow {
  const part: Record<string, unknown> = { [revision]: row._rev };
  for (const column of columns) part[column] = (row as Record<string, unknown>)[column];
  return part as StoredRow;
}
