import type { DomainContext, MastraCompositeStore, StowageDomainKey } from "@stowage/core";
import {
  type AccessPath,
  allOf,
  type Column,
  count,
  decodeRow,
  type EngineValue,
  type Filter,
  find,
  get,
  keyOf,
  type Table,
} from "@stowage/core/engine";
import { badRequest, notFound } from "../api/errors.ts";
import { domainKeys } from "./health.ts";

/** Longer values are cut in a page; the whole record is asked for by its key. */
const previewLength = 200;
const readMilliseconds = 10_000;
/** Rows that a page counts at most. */
const countLimit = 10_000;

/** A condition on one column. `has` looks for a text, in JSON as well; `absent` asks for rows without a value. */
export interface RecordCondition {
  column: string;
  op: "is" | "has" | "from" | "to" | "absent";
  value?: string;
}

export interface BrowseQuery {
  where: readonly RecordCondition[];
  /** An access path of the table; default: the one that the conditions suit. */
  path?: string;
  direction: "asc" | "desc";
  limit: number;
  cursor?: string;
  /** Whole values instead of previews. */
  isFull: boolean;
}

/** The tables of a domain and how each can be walked. */
export function tablesOf(storage: MastraCompositeStore) {
  return domainKeys.flatMap((domain) => {
    const kept = keptBy(storage, domain);
    return kept ? [{ domain, tables: kept.tables.map(shapeOf) }] : [];
  });
}

const shapeOf = ({ name, columns, key, paths }: Table) => ({
  name,
  key,
  columns: Object.entries(columns).map(([column, { type, isNullable }]) => ({ name: column, type, isNullable })),
  paths: (Object.values(paths) as AccessPath[]).map(({ name, eq, sort, onDemand }) => ({ name, eq, sort, onDemand })),
});

function keptBy(storage: MastraCompositeStore, domain: StowageDomainKey) {
  const store = storage.stores?.[domain] as { context?: DomainContext } | undefined;
  if (!store?.context) return undefined;
  const { tables = [] } = store.constructor as { tables?: readonly Table[] };
  return { tables, engine: store.context.engine };
}

/** @throws HttpError 404 when the storage has no such table. */
function tableOf(storage: MastraCompositeStore, domain: string, name: string) {
  const kept = keptBy(storage, domain as StowageDomainKey);
  const table = kept?.tables.find((table) => table.name === name);
  if (!kept || !table) throw notFound(`a table ${name} of ${domain} was`);
  return { table, engine: kept.engine };
}

/**
 * A page of the records of a table as they are stored, whatever domain keeps it, along one of its access paths. `end` says why
 * the page ended; `budget` means that the database paused its search, and `next` goes on.
 *
 * @throws HttpError 400 when no access path suits, 404 when there is no such table.
 */
export async function browse(storage: MastraCompositeStore, domain: string, name: string, query: BrowseQuery) {
  const { table, engine } = tableOf(storage, domain, name);
  const { direction, limit, cursor, isFull } = query;
  const conditions = query.where.map((condition) => checked(table, condition));
  const path = pathFor(table, conditions, query.path);
  const eq = Object.fromEntries(path.eq.map((column) => [column, equalTo(conditions, column)]));
  const filter = allOf(
    ...conditions.flatMap(({ column, filter }) => (path.eq.includes(column) && filter.op === "eq" ? [] : [filter])),
  );
  const walk = { path: path.name, eq: eq as Record<string, EngineValue>, ...(filter && { filter }) };
  const page = find(table, { ...walk, direction, limit, ...(cursor !== undefined && { cursor }) });
  const options = { deadline: Date.now() + readMilliseconds };
  // A path that is built at its first use is not counted along: the count would cost what the page cost, again.
  const counted = cursor === undefined && !path.onDemand ? [count(table, { ...walk, limit: countLimit })] : [];
  const [found, total] = (await engine.read([page, ...counted], options)) as unknown as [
    { rows: Record<string, EngineValue>[]; end: string; cursor?: string },
    { count: number }?,
  ];
  return {
    path: path.name,
    rows: found.rows.map((row) => ({ key: keyTexts(table, row), values: shown(table, row, isFull) })),
    end: found.end,
    next: found.cursor ?? null,
    ...(total && { total: { count: total.count, isExact: total.count < countLimit } }),
  };
}

/** One record, whole, or `undefined`. */
export async function recordOf(storage: MastraCompositeStore, domain: string, name: string, key: readonly string[]) {
  const { table, engine } = tableOf(storage, domain, name);
  if (key.length !== table.key.length) throw badRequest(`key: must have the values of ${table.key.join(", ")}`);
  const values = key.map((text, at) => engineValue(table.columns[table.key[at] as string] as Column, text, "key"));
  const [{ rows }] = await engine.read([get(table, [values])], { deadline: Date.now() + readMilliseconds });
  const [row] = rows as (Record<string, EngineValue> | undefined)[];
  return row && { key: keyTexts(table, row), values: shown(table, row, true) };
}

interface CheckedCondition {
  readonly column: string;
  readonly filter: Filter;
}

function checked(table: Table, { column: name, op, value = "" }: RecordCondition): CheckedCondition {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
  if (!column) throw badRequest(`where: ${table.name} has no column ${name}`);
  if (op === "absent") return { column: name, filter: { op: "isNull", column: name } };
  if (op === "has") {
    if (column.type !== "text" && column.type !== "json") throw badRequest(`where: ${name} is no text`);
    return { column: name, filter: { op: "search", column: name, value } };
  }
  if (column.type === "json") throw badRequest(`where: ${name} is JSON; ask what it has`);
  const word = { is: "eq", from: "gte", to: "lte" } as const;
  return { column: name, filter: { op: word[op], column: name, value: engineValue(column, value, `where: ${name}`) } };
}

/** A value of a column as it was written in an address. */
function engineValue({ type }: Column, text: string, where: string): EngineValue {
  if (type === "text") return text;
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  if (type === "bigint" && /^-?\d{1,40}$/.test(text)) return BigInt(text);
  const number = type === "timestamp" ? new Date(text).getTime() : text.trim() === "" ? Number.NaN : Number(text);
  if (type === "boolean" || type === "bigint" || !Number.isFinite(number)) throw badRequest(`${where} must be ${type}`);
  return number;
}

const equalTo = (conditions: readonly CheckedCondition[], column: string): EngineValue | undefined => {
  const found = conditions.find(({ column: name, filter }) => name === column && filter.op === "eq");
  return found && (found.filter as { value: EngineValue }).value;
};

/**
 * The path asked for, else that of which most is known. One that leaves rows out, or is built at its first use, is taken only
 * where nothing else suits.
 */
function pathFor(table: Table, conditions: readonly CheckedCondition[], asked: string | undefined): AccessPath {
  const paths = Object.values(table.paths) as AccessPath[];
  const suits = ({ eq }: AccessPath) => eq.every((column) => equalTo(conditions, column) !== undefined);
  if (asked !== undefined) {
    const path = paths.find(({ name }) => name === asked);
    if (!path) throw badRequest(`path: ${table.name} has none of this name`);
    if (!suits(path)) throw badRequest(`path: say what ${path.eq.join(" and ")} is`);
    return path;
  }
  const cost = ({ eq, sparse, onDemand }: AccessPath) =>
    (onDemand ? 100 : 0) + (sparse && eq.length === 0 ? 50 : 0) - eq.length;
  const best = paths.filter(suits).sort((a, b) => cost(a) - cost(b))[0];
  if (best) return best;
  const ways = paths.map(({ eq }) => eq.join(" and ")).join(", or ");
  throw badRequest(
    ways ? `where: say what ${ways} is` : `where: ${table.name} is read by its key only: ${table.key.join(", ")}`,
  );
}

const keyTexts = (table: Table, row: Record<string, EngineValue>) =>
  keyOf(table, row).map((value, at) =>
    table.columns[table.key[at] as string]?.type === "timestamp"
      ? new Date(value as number).toISOString()
      : String(value),
  );

function shown(table: Table, row: Record<string, EngineValue>, isFull: boolean): Record<string, unknown> {
  if (isFull) {
    const decoded = Object.entries(decodeRow(table, row as never) as Record<string, unknown>);
    return Object.fromEntries([...decoded.map(([name, value]) => [name, plain(value)]), ["_rev", row._rev]]);
  }
  return Object.fromEntries(
    table.columnNames.map((name) => {
      const value = row[name];
      if (table.columns[name]?.type === "timestamp" && typeof value === "number") return [name, new Date(value)];
      return [name, typeof value === "string" ? preview(value) : plain(value)];
    }),
  );
}

const plain = (value: unknown) => (typeof value === "bigint" ? String(value) : value);

const preview = (text: string) => (text.length > previewLength ? `${text.slice(0, previewLength)}…` : text);
