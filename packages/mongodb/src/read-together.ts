import {
  compareTuples,
  decodeCursor,
  type EngineValue,
  encodeCursor,
  type Find,
  type Page,
  pathOf,
  type ReadOp,
  type StoredRow,
  type Table,
} from "@stowage/core/engine";
import type { Document } from "mongodb";
import { splitFilter } from "./filter.ts";
import { revision } from "./mapping.ts";
import { mostAtOnce, project, readOne } from "./read.ts";
import { collectionOf, type Reach, readOptions } from "./reading.ts";
import { allOfThem, coverOf, sortOf } from "./walk.ts";

/** A read as a part of one request: its pipeline, and what becomes of its documents, which come in no order. */
interface Part {
  readonly table: Table;
  readonly pipeline: readonly Document[];
  take(document: Document): void;
  result(): unknown;
}

/**
 * Answers several reads in one request where they see one snapshot. A server without snapshots gives the answers of one request
 * in no settled order of time; there the first and the last read are requests of their own, before and after the others: that
 * is how the journal layer knows that nothing happened in between.
 */
export async function readTogether(reach: Reach, ops: readonly ReadOp[]): Promise<unknown[]> {
  if (reach.session || ops.length === 1) return readUnited(reach, ops);
  const [first, ...rest] = ops as readonly [ReadOp, ...ReadOp[]];
  const last = rest.at(-1) as ReadOp;
  return [await readOne(reach, first), ...(await readUnited(reach, rest.slice(0, -1))), await readOne(reach, last)];
}

/** The pipelines of all reads, united. A read that comes alone, or that the database does not answer alone, is a request. */
async function readUnited(reach: Reach, ops: readonly ReadOp[]): Promise<unknown[]> {
  const parts = ops.map((op) => (ops.length > 1 ? partOf(reach, op) : undefined));
  const united = parts.flatMap((part, index) => (part ? [{ part, index }] : []));
  if (united.length > 1) await ask(reach, united);
  const answers: unknown[] = [];
  for (const [index, op] of ops.entries()) {
    const part = united.length > 1 ? parts[index] : undefined;
    answers.push(part ? part.result() : await readOne(reach, op));
  }
  return answers;
}

async function ask(reach: Reach, united: readonly { readonly part: Part; readonly index: number }[]): Promise<void> {
  const [first, ...rest] = united.map(({ part: { table, pipeline }, index }) => ({
    table,
    pipeline: [...pipeline, { $replaceWith: { op: { $literal: index }, document: "$$ROOT" } }],
  }));
  if (!first) return;
  const takers = new Map(united.map(({ part, index }) => [index, part]));
  const unions = rest.map(({ table, pipeline }) => ({ $unionWith: { coll: table.name, pipeline } }));
  const collection = await collectionOf(reach, first.table);
  const documents = collection.aggregate<Document>([...first.pipeline, ...unions], {
    ...readOptions(reach),
    allowDiskUse: true,
    batchSize: mostAtOnce,
  });
  for await (const { op, document } of documents) takers.get(Number(op))?.take(document);
}

function partOf(reach: Reach, op: ReadOp): Part | undefined {
  const { table } = op;
  const mapping = reach.mappingOf(table);
  if (op.op === "get") {
    if (op.keys.length > mostAtOnce) return undefined;
    const ids = op.keys.map((key) => mapping.id(key));
    const found = new Map<string, StoredRow>();
    const projection = mapping.projection(op.columns);
    return {
      table,
      pipeline: [
        { $match: { _id: { $in: [...new Set(ids)] } } },
        ...(projection ? [{ $project: { ...projection, _id: 1 } }] : []),
      ],
      take: (document) => void found.set(document._id, mapping.row(document, op.columns)),
      result: () => ({ rows: ids.map((id) => ownCopy(found.get(id))) }),
    };
  }
  if (op.op === "aggregate") return undefined;
  const { native, derived } = splitFilter(mapping, op.filter, reach.isDerived);
  if (derived || (op.limit !== undefined && op.limit <= 0)) return undefined;
  if (op.op === "find") return pageOf(reach, op, native);
  let count = 0;
  return {
    table,
    pipeline: [
      { $match: allOfThem([...coverOf(mapping, op), native]) },
      ...(op.limit === undefined ? [] : [{ $limit: op.limit }]),
      { $group: { _id: null, count: { $sum: 1 } } },
    ],
    take: (document) => {
      count = Number(document.count);
    },
    result: () => ({ count }),
  };
}

/** A record that is asked for twice is two rows. */
const ownCopy = (row: StoredRow | undefined): StoredRow | undefined => row && { ...row };

function pageOf(reach: Reach, op: Find, native: Document | undefined): Part {
  const { table, columns, limit, offset = 0, direction = "asc" } = op;
  const mapping = reach.mappingOf(table);
  const { order } = pathOf(table, op.path);
  const fetched = columns && [...new Set([...columns, ...order])];
  const start = op.cursor === undefined ? undefined : { after: decodeCursor(op), direction };
  const sort = sortOf(mapping, op, direction);
  const projection = mapping.projection(fetched);
  const rows: StoredRow[] = [];
  const place = (row: StoredRow) => order.map((column) => (row as Record<string, unknown>)[column] as EngineValue);
  return {
    table,
    pipeline: [
      { $match: allOfThem([...coverOf(mapping, op, start), native]) },
      ...(sort ? [{ $sort: sort }] : []),
      ...(offset > 0 ? [{ $skip: offset }] : []),
      ...(limit === undefined ? [] : [{ $limit: limit + 1 }]),
      ...(projection ? [{ $project: { [revision]: 1, ...projection } }] : []),
    ],
    take: (document) => void rows.push(mapping.row(document, fetched)),
    result: (): Page => {
      const sign = direction === "asc" ? 1 : -1;
      rows.sort((a, b) => sign * compareTuples(place(a), place(b)));
      const page = limit === undefined ? rows : rows.slice(0, limit);
      const last = page.at(-1);
      const given = columns ? page.map((row) => project(row, columns)) : page;
      if (page.length === rows.length || !last) return { rows: given, end: "exhausted" };
      return { rows: given, end: "limit", cursor: encodeCursor(op, last) };
    },
  };
}
