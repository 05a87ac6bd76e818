import { encodeCursor, type Find, type Page, type StoredRecord } from "@stowage/core/engine";
import type { ResultRow } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import type { Parameters } from "../parameters.ts";
import type { Reader } from "./reader.ts";
import { project, RowReader } from "./rows.ts";
import { type EntryLimit, WalkPlan } from "./walk.ts";

/** Beyond so many entries a walk is read through instead. */
const mostEntries = 100_000;

/** A page of a walk. Without a test on the rows it comes from one statement, and so from one state of the table. */
export async function readPage(mapping: TableMapping, op: Find, reader: Reader): Promise<Page> {
  const { limit = Number.POSITIVE_INFINITY, offset = 0 } = op;
  const parameters = reader.parameters();
  const plan = new WalkPlan(mapping, op, parameters, reader);
  if (limit <= 0) return { rows: [], end: "limit", ...(op.cursor !== undefined && { cursor: op.cursor }) };
  if (plan.isEmpty) return { rows: [], end: "exhausted" };
  const wanted = op.columns ?? mapping.table.columnNames;
  const order = mapping.table.paths[op.path]?.order ?? [];
  const rows = new RowReader(mapping, [...wanted, ...order, ...plan.residualColumns]);
  const pageOf = (found: readonly StoredRecord[]) => found.slice(0, limit).map((row) => project(row, wanted));
  const ended = (found: readonly StoredRecord[]): Page =>
    found.length > limit
      ? { rows: pageOf(found), end: "limit", cursor: encodeCursor(op, found[limit - 1] as StoredRecord) }
      : { rows: pageOf(found), end: "exhausted" };
  const found: StoredRecord[] = [];
  const { test } = plan;
  if (!test) {
    const fetch = new Fetch(plan, rows, parameters, reader);
    await fetch.rows({ most: limit + 1, skip: offset }, (row) => found.push(row) > 0);
    return ended(found);
  }
  let passed = 0;
  let last: StoredRecord | undefined;
  for (const most of piecesOf(limit, offset, reader.scanPage)) {
    const values = reader.parameters();
    const walk = last ? { ...op, cursor: encodeCursor(op, last) } : op;
    const fetch = new Fetch(new WalkPlan(mapping, walk, values, reader), rows, values, reader);
    let looked = 0;
    await fetch.rows({ most, skip: 0, mayBeLeft: limit < most }, (row) => {
      looked++;
      last = row;
      if (test(row) && passed++ >= offset) found.push(row);
      return found.length <= limit;
    });
    if (found.length > limit || looked < most) return ended(found);
  }
  return { rows: pageOf(found), end: "budget", cursor: encodeCursor(op, last as StoredRecord) };
}

/** How many rows to look at, one piece after the other: few where many may match, then as many as one call may. */
function piecesOf(limit: number, offset: number, scanPage: number): number[] {
  // A page that ends early cannot say how much of an offset it has passed.
  if (offset > 0 || limit === Number.POSITIVE_INFINITY) return [Number.POSITIVE_INFINITY];
  const few = 4 * (limit + 1) + 64;
  return few < scanPage ? [few, scanPage - few] : [Math.max(scanPage, limit + 1)];
}

/** Rows of a walk in its order, after `skip`, at most so many. */
interface Piece {
  readonly most: number;
  readonly skip: number;
  /** Whether it is likely that not all of them are wanted. */
  readonly mayBeLeft?: boolean;
}

type Visit = (row: StoredRecord) => boolean;

class Fetch {
  private readonly plan: WalkPlan;
  private readonly reader: RowReader;
  private readonly parameters: Parameters;
  private readonly engine: Reader;

  constructor(plan: WalkPlan, reader: RowReader, parameters: Parameters, engine: Reader) {
    this.plan = plan;
    this.reader = reader;
    this.parameters = parameters;
    this.engine = engine;
  }

  async rows(piece: Piece, visit: Visit): Promise<void> {
    const { plan } = this;
    if (piece.most !== Number.POSITIVE_INFINITY && plan.usesEntries) {
      const wanted = piece.most + piece.skip;
      // Of a row that changes often there are several entries until they are merged.
      for (let read = 4 * wanted + 64, times = 1; read <= mostEntries; read *= 32, times *= 32) {
        const rows = await this.byEntries(piece, { read, places: plan.isFiltered ? read : (wanted + 16) * times });
        if (!rows) continue;
        for (const row of rows) if (!visit(row)) return;
        return;
      }
    }
    await this.through(piece, visit);
  }

  /** The rows that the first entries lead to; `undefined` when these were too few, though there are more entries. */
  private async byEntries(piece: Piece, limit: EntryLimit): Promise<StoredRecord[] | undefined> {
    const names = this.reader.list.map((_, index) => `_c${index}`);
    const list = this.reader.list.map((sql, index) => `${sql} AS ${names[index]}`);
    const sql =
      `SELECT (${this.plan.hasMore(limit)}), groupArray(tuple(${names.join(", ")})) FROM ` +
      `(SELECT ${list.join(", ")} ${this.body(piece, limit)})`;
    let answer: ResultRow = [0, []];
    await this.engine.stream({ sql, parameters: this.parameters }, (row) => {
      answer = row;
      return true;
    });
    const [hasMore, rows] = answer as [number, ResultRow[]];
    return rows.length < piece.most && hasMore ? undefined : rows.map((row) => this.read(row));
  }

  private through(piece: Piece, visit: Visit): Promise<void> {
    const { plan, engine } = this;
    const sql = `SELECT ${this.reader.list.join(", ")} ${this.body(piece, plan.usesEntries && plan.isSelective ? "all" : undefined)}`;
    const stream = piece.mayBeLeft && piece.most === Number.POSITIVE_INFINITY ? engine.streamAlone : engine.stream;
    return stream({ sql, parameters: this.parameters }, (row) => visit(this.read(row)));
  }

  private body({ most, skip }: Piece, limit: EntryLimit | "all" | undefined): string {
    const count = most === Number.POSITIVE_INFINITY ? "" : ` LIMIT ${most}`;
    const offset = skip > 0 ? ` OFFSET ${skip}` : "";
    return `${this.plan.from(limit)} ${this.plan.order}${count}${offset}`;
  }

  private read(values: ResultRow): StoredRecord {
    const row = this.reader.read(values);
    this.engine.noteRevision(row._rev);
    return row;
  }
}
