import type { Engine } from "../../../engine/engine.ts";
import { allOf, anyOf, type Filter } from "../../../engine/filter.ts";
import { encodeJson } from "../../../engine/json.ts";
import { upsert } from "../../../engine/operations.ts";
import type { Row, StoredRow } from "../../../engine/table.ts";
import { invalid } from "../../../errors.ts";
import { cutAtomically } from "../../shared/batches.ts";
import type { DomainContext } from "../../shared/context.ts";
import { checkPage, type PaginationInfo, pageInfo } from "../../shared/pagination.ts";
import { readInstant } from "../../shared/values.ts";
import { anyTime, readRange, refused } from "../conditions.ts";
import { readOrderedPage } from "../ordered-page.ts";
import { isIdentity } from "../spans/incoming.ts";
import { legacyTraces } from "../tables.ts";
import type { LegacyTrace } from "./types.ts";

type LegacyRow = Row<typeof legacyTraces>;

/** Writes legacy spans; a later one of the same id replaces the earlier, whose `createdAt` stays. */
export async function insertLegacyTraces({ engine, clock }: DomainContext, a: unknown): Promise<void> {
  const { records } = (a ?? {}) as { records?: unknown };
  if (!Array.isArray(records)) throw invalid("records must be a list", "INVALID_ARGUMENT", { path: "records" });
  const rows = new Map<string, LegacyRow>();
  const now = clock.now();
  for (const [index, record] of records.entries()) {
    const row = toRow(record, index, now);
    const first = rows.get(row.id);
    rows.set(row.id, first ? { ...row, createdAt: first.createdAt } : row);
  }
  const ops = [...rows.values()].map((row) => upsert(legacyTraces, row, { keep: ["createdAt"] }));
  for (const run of cutAtomically(ops, engine.capabilities)) await engine.write(run);
}

/** A page of legacy spans, latest start first. @throws StorageError `INVALID_ARGUMENT` for a filter that is none. */
export async function listLegacyTraces(
  engine: Engine,
  a: unknown,
): Promise<PaginationInfo & { traces: LegacyTrace[] }> {
  const query = (a ?? {}) as Record<string, unknown>;
  const page = checkPage(query.page, query.perPage, 100);
  const filter = filterOf(query);
  if (filter === "nothing") return { ...pageInfo(page, 0, 0), traces: [] };
  const walk = {
    table: legacyTraces,
    path: "byStart" as const,
    columns: legacyTraces.columnNames,
    ...(filter && { filter }),
  };
  const limit = page.limit ?? Number.MAX_SAFE_INTEGER - 2;
  const { rows, total } = await readOrderedPage(engine, walk, {
    isDescending: true,
    offset: page.offset,
    limit,
  });
  return { ...pageInfo(page, rows.length, total as number), traces: rows.map(fromRow) };
}

function toRow(record: unknown, index: number, now: number): LegacyRow {
  const given = (typeof record === "object" && record !== null ? record : {}) as Record<string, unknown>;
  const refuse = (path: string, why: string) => invalid(`${path} ${why}`, "VALIDATION_FAILED", { index, path });
  const { id, traceId, kind } = given;
  if (!isIdentity(id)) throw refuse("id", "must be 1 to 512 bytes of text without U+0000");
  if (typeof traceId !== "string") throw refuse("traceId", "must be a string");
  const number = kind === undefined || kind === null ? 0 : Number(kind);
  if (!Number.isSafeInteger(number)) throw refuse("kind", "must be a whole number");
  const nanos = (path: "startTime" | "endTime") => {
    const value = nanosOf(given[path]);
    if (value === undefined) throw refuse(path, "must be a bigint, decimal text or a safe integer");
    return value;
  };
  const { other } = given;
  return {
    id,
    parentSpanId: text(given.parentSpanId),
    name: text(given.name) ?? "",
    traceId,
    scope: text(given.scope) ?? "",
    kind: number,
    attributes: json(given.attributes),
    status: json(given.status),
    events: json(given.events),
    links: json(given.links),
    other: typeof other === "string" ? other : json(other),
    startTime: nanos("startTime"),
    endTime: nanos("endTime"),
    createdAt: readInstant(given.createdAt)?.getTime() ?? now,
  };
}

function fromRow(row: StoredRow<typeof legacyTraces>): LegacyTrace {
  const parsed = (value: string | null): unknown => (value === null ? null : JSON.parse(value));
  return {
    id: row.id,
    parentSpanId: row.parentSpanId,
    name: row.name,
    traceId: row.traceId,
    scope: row.scope,
    kind: row.kind,
    attributes: parsed(row.attributes),
    status: parsed(row.status),
    events: parsed(row.events),
    links: parsed(row.links),
    other: row.other,
    startTime: row.startTime,
    endTime: row.endTime,
    createdAt: new Date(row.createdAt),
  };
}

function nanosOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === "string" && /^-?\d{1,40}$/.test(value) ? BigInt(value) : undefined;
}

const text = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === "string" ? value : (encodeJson(value) ?? null);

function json(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const encoded = encodeJson(value);
  return encoded === undefined || encoded === "null" ? null : encoded;
}

function filterOf({
  name,
  scope,
  attributes,
  filters,
  dateRange,
}: Record<string, unknown>): Filter | "nothing" | undefined {
  const args: (Filter | undefined)[] = [];
  if (name !== undefined && name !== null) args.push(prefixFilter("name", textArgument(name, "name")));
  if (scope !== undefined && scope !== null)
    args.push({ op: "eq", column: "scope", value: textArgument(scope, "scope") });
  for (const [key, value] of entriesOf(attributes, "attributes")) {
    args.push(attributeFilter(key, textArgument(value, `attributes.${key}`)));
  }
  for (const [column, value] of entriesOf(filters, "filters")) args.push(columnFilter(column, value));
  const { from, to } = dateRange === undefined ? anyTime : readRange(dateRange, "dateRange");
  if (from !== undefined && to !== undefined && from > to) return "nothing";
  if (from !== undefined) args.push({ op: "gte", column: "createdAt", value: from });
  if (to !== undefined) args.push({ op: "lte", column: "createdAt", value: to });
  return allOf(...args);
}

function textArgument(value: unknown, path: string): string {
  if (typeof value !== "string") throw refused(path, "must be a string");
  return value;
}

function entriesOf(value: unknown, path: string): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) throw refused(path, "must be an object");
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

/** Texts that begin with a prefix are those from it up to its successor, in code point order. */
function prefixFilter(column: string, prefix: string): Filter | undefined {
  if (prefix === "") return undefined;
  const from: Filter = { op: "gte", column, value: prefix };
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) as number;
    if (last === 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return allOf(from, { op: "lt", column, value: points.join("") + String.fromCodePoint(next) });
  }
  return from;
}

/** An attribute whose value is this text, or a number, boolean or null with this text. */
function attributeFilter(key: string, value: string): Filter {
  const equal = (json: string): Filter => ({ op: "jsonEq", column: "attributes", path: [key], value: json });
  let plain: unknown;
  try {
    plain = JSON.parse(value);
  } catch {
    return equal(JSON.stringify(value));
  }
  const isScalar = typeof plain !== "object" || plain === null;
  const isSame = isScalar ? typeof plain !== "string" && String(plain) === value : JSON.stringify(plain) === value;
  return isSame ? anyOf(equal(JSON.stringify(value)), equal(value)) : equal(JSON.stringify(value));
}

function columnFilter(name: string, value: unknown): Filter {
  const column = Object.hasOwn(legacyTraces.columns, name) ? name : undefined;
  if (column === undefined) throw refused(`filters.${name}`, "is no column");
  const { type } = legacyTraces.columns[column as keyof typeof legacyTraces.columns];
  if (value === null) return { op: "isNull", column };
  if (type === "json") return { op: "jsonEq", column, path: [], value: encodeJson(value) ?? "null" };
  const wanted =
    type === "bigint" ? nanosOf(value) : type === "timestamp" ? readInstant(value)?.getTime() : scalar(value, type);
  if (wanted === undefined) throw refused(`filters.${name}`, `is no value of a ${type} column`);
  return { op: "eq", column, value: wanted };
}

function scalar(value: unknown, type: string): string | number | undefined {
  if (type === "text") return typeof value === "string" ? value : undefined;
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}
