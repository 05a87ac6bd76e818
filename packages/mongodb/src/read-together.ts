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
import { isLacking } from "./errors.ts";
import { splitFilter } from "./filter.ts";
import { revision } from "./mapping.ts";
import { countOf, mostAtOnce, project, readOne } from "./read.ts";
import { collectionOf, type Reach, readOptions } from "./reading.ts";
import { conditionsOf, matchesOf, sortOf } from "./walk.ts";

/** A read as a part of one request: its pipeline, and what becomes of its documents, which come in no order. */
interface Part {
  readonly table: Table;
  readonly pipeline: readonly Document[];
  readonly isWalk: boolean;
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
  const isUnited = united.length > 1 && (await ask(reach, united));
  const answers: unknown[] = [];
  for (const [index, op] of ops.entries()) {
    const part = isUnited ? parts[index] : undefined;
    answers.push(part ? part.result() : await readOne(reach, op));
  }
  return answers;
}

/** Sends the pipelines of all parts as one; `false` on a server that cannot unite them. */
async function ask(reach: Reach, united: readonly { readonly part: Part; readonly index: number }[]): Promise<boolean> {
  const { lacking } = reach.connection;
  if (lacking.has("$unionWith")) return false;
  // A walk goes first: what is united is few documents as a rule, and not every server looks them up in an index.
  const [first, ...rest] = united
    .toSorted((a, b) => Number(b.part.isWalk) - Number(a.part.isWalk))
    .map(({ part: { table, pipeline }, index }) => ({
      table,
      pipeline: [...pipeline, { $replaceRoot: { newRoot: { op: { $literal: index }, document: "$$ROOT" } } }],
    }));
  if (!first) return false;
  const takers = new Map(united.map(({ part, index }) => [index, part]));
  const unions = rest.map(({ table, pipeline }) => ({ $unionWith: { coll: table.name, pipeline } }));
  const collection = await collectionOf(reach, first.table);
  const documents = collection.aggregate<Document>([...first.pipeline, ...unions], {
    ...readOptions(reach),
    allowDiskUse: true,
    batchSize: mostAtOnce,
  });
  try {
    for await (const { op, document } of documents) takers.get(Number(op))?.take(document);
  } catch (error) {
    // Nothing was taken yet: the pipeline was not understood.
    if (!isLacking(error)) throw error;
    lacking.add("$unionWith");
    return false;
  }
  return true;
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
      isWalk: false,
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
    isWalk: false,
    pipeline: [...matchesOf(conditionsOf(mapping, op, { filter: native })), ...countOf(op.limit)],
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
    isWalk: true,
    pipeline: [
      ...matchesOf(conditionsOf(mapping, op, { start, filter: native })),
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
