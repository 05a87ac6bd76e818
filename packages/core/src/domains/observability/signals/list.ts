import type { Engine } from "../../../engine/engine.ts";
import { allOf, type Filter } from "../../../engine/filter.ts";
import { type Count, count, type Find, find, get } from "../../../engine/operations.ts";
import type { StoredRow, Table } from "../../../engine/table.ts";
import { completePage } from "../../shared/pages.ts";
import { isInverted, refused, within } from "../conditions.ts";
import type { Deltas } from "../delta/deltas.ts";
import { checkList, noRows, pageOf } from "../list-args.ts";
import { isIdentity } from "../spans/incoming.ts";
import type { ListInfo } from "../types.ts";
import { type Member, readSignalFilters, signalWalk } from "./filters.ts";
import { type SignalKind, scoreKind } from "./kinds.ts";
import { scoreEvents } from "./tables.ts";
import type { ScoreRecord, SignalRecord } from "./types.ts";

/** What lists of signals stand on. */
export interface SignalLists {
  readonly engine: Engine;
  readonly deltas: Deltas;
}

/**
 * A page of signals in the order of time (or score, then time), ties by id in the same direction, or a poll for new ones. One
 * round trip.
 */
export async function listSignals<T extends Table, Rec extends SignalRecord>(
  { engine, deltas }: SignalLists,
  kind: SignalKind<T, Rec>,
  members: ReadonlyMap<string, Member>,
  fields: readonly ["timestamp", ...string[]],
  a: unknown,
): Promise<ListInfo & { rows: Rec[] }> {
  const list = checkList(a, fields);
  const query = readSignalFilters(list.filters, members);
  const isEmpty = query.matchesNothing || isInverted(query.timestamp);
  const { name: kindOf } = kind.table;
  const toRecords = (rows: unknown) => (rows as StoredRow<T>[]).map((row) => kind.toRecord(row));
  if (list.mode === "delta") {
    const filter = isEmpty ? nothing : allOf(...query.residual, ...within("timestamp", query.timestamp));
    const { table } = kind;
    const walk = {
      kind: kindWord(kindOf),
      table,
      path: "byArrival",
      stamp: "arrival",
      filter,
      columns: table.columnNames,
    };
    const { rows, ...info } = await deltas.poll(walk, list.after, list.limit);
    return { rows: toRecords(rows), ...info };
  }
  const cursor = deltas.beforePage(kindWord(kindOf));
  if (isEmpty) return { rows: [], pagination: pageOf(list, noRows), deltaCursor: cursor([]) };
  const walk = signalWalk(query, list.field);
  const offset = list.page * list.perPage;
  const op = find(kind.table, {
    ...(walk as object as { path: never }),
    direction: list.isDescending ? "desc" : "asc",
    offset,
    limit: list.perPage,
  }) as unknown as Find<T>;
  const counted = list.wantsTotal ? [count(kind.table, walk as object as { path: never }) as unknown as Count] : [];
  const [page, counts] = (await engine.read([op, ...counted])) as unknown as [
    Awaited<ReturnType<typeof completePage<T, never>>>,
    { count: number }?,
  ];
  const { rows, end } = await completePage(engine, op as never, page as never);
  const total = counts?.count;
  const hasMore = total === undefined ? end === "limit" : offset + list.perPage < total;
  const stamps = (rows as unknown as { arrival: number }[]).map(({ arrival }) => arrival);
  return { rows: toRecords(rows), pagination: pageOf(list, { rows, total, hasMore }), deltaCursor: cursor(stamps) };
}

const nothing: Filter = { op: "or", args: [] };

/** What the cursors of a table's polls are marked with. */
const kindWord = (table: string) => table.replace("stowage_", "").replaceAll("_", "");

/** The score of that id, or null. @throws StorageError `INVALID_ARGUMENT` when it is no text or empty. */
export async function readScore(engine: Engine, scoreId: unknown): Promise<ScoreRecord | null> {
  if (typeof scoreId !== "string" || scoreId === "") throw refused("scoreId", "must be a non-empty string");
  if (!isIdentity(scoreId)) return null;
  const [{ rows }] = await engine.read([get(scoreEvents, [[scoreId]])]);
  return rows[0] ? scoreKind.toRecord(rows[0]) : null;
}
