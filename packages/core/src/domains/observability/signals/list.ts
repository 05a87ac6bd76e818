import type { Engine } from "../../../engine/engine.ts";
import { type Count, count, type Find, find, get } from "../../../engine/operations.ts";
import type { StoredRow, Table } from "../../../engine/table.ts";
import { completePage } from "../../shared/pages.ts";
import type { PaginationInfo } from "../../shared/pagination.ts";
import { isInverted, refused } from "../conditions.ts";
import { checkList, pageOf } from "../list-args.ts";
import { isIdentity } from "../spans/incoming.ts";
import { type Member, readSignalFilters, signalWalk } from "./filters.ts";
import { type SignalKind, scoreKind } from "./kinds.ts";
import { scoreEvents } from "./tables.ts";
import type { ScoreRecord, SignalRecord } from "./types.ts";

/** A page of signals in the order of time (or score, then time), ties by id in the same direction. One round trip. */
export async function listSignals<T extends Table, Rec extends SignalRecord>(
  engine: Engine,
  kind: SignalKind<T, Rec>,
  members: ReadonlyMap<string, Member>,
  fields: readonly ["timestamp", ...string[]],
  a: unknown,
): Promise<{ rows: Rec[]; pagination: PaginationInfo }> {
  const list = checkList(a, fields);
  const query = readSignalFilters(list.filters, members);
  if (query.matchesNothing || isInverted(query.timestamp)) return { rows: [], pagination: pageOf(list, 0) };
  const walk = signalWalk(query, list.field);
  const op = find(kind.table, {
    ...(walk as object as { path: never }),
    direction: list.isDescending ? "desc" : "asc",
    offset: list.page * list.perPage,
    limit: list.perPage,
  }) as unknown as Find<T>;
  const counted = count(kind.table, walk as object as { path: never }) as unknown as Count;
  const [page, { count: total }] = (await engine.read([op, counted])) as unknown as [
    Awaited<ReturnType<typeof completePage<T, never>>>,
    { count: number },
  ];
  const { rows } = await completePage(engine, op as never, page as never);
  return {
    rows: (rows as unknown as StoredRow<T>[]).map((row) => kind.toRecord(row)),
    pagination: pageOf(list, total),
  };
}

/** The score of that id, or null. @throws StorageError `INVALID_ARGUMENT` when it is no text or empty. */
export async function readScore(engine: Engine, scoreId: unknown): Promise<ScoreRecord | null> {
  if (typeof scoreId !== "string" || scoreId === "") throw refused("scoreId", "must be a non-empty string");
  if (!isIdentity(scoreId)) return null;
  const [{ rows }] = await engine.read([get(scoreEvents, [[scoreId]])]);
  return rows[0] ? scoreKind.toRecord(rows[0]) : null;
}
