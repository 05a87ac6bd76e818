import type { SqlValue, Statement } from "../connection.ts";
import type { LookupShape, ReadColumn, WalkEdge, WalkShape } from "../dialect.ts";
import { quote } from "./names.ts";
import { collated, openJson, storageOf } from "./rows.ts";
import { longName } from "./storage.ts";

/**
 * A column as it is read, under its own name: strings whole, instants as milliseconds, which no setting of the driver touches.
 */
function projected(column: ReadColumn | string, asStored = false): { readonly sql: string; readonly name: string } {
  if (typeof column === "string") {
    return column.startsWith("[") ? { sql: `t.${column}`, name: column } : { sql: `${column} AS [n]`, name: "[n]" };
  }
  const { quoted: name } = column;
  const { split, isInstant } = storageOf(column);
  if (asStored) return { sql: `t.${name}`, name };
  if (split) return { sql: `COALESCE(t.${quote(longName(column.name))}, t.${name}) AS ${name}`, name };
  if (!isInstant) return { sql: `t.${name}`, name };
  const epoch = "CAST('1970-01-01T00:00:00' AS DATETIME2(3))";
  return { sql: `DATEDIFF_BIG(MILLISECOND, ${epoch}, t.${name}) AS ${name}`, name };
}

/** A parameter that is compared with a column. */
const bound = (column: ReadColumn): string => (storageOf(column).isInstant ? "CAST(? AS DATETIME2(3))" : "?");

/**
 * A walk along a path. Over several choices of equality values each is walked by itself, as far as the limit goes, and what
 * they give is put in order then.
 */
export function walkStatement(walk: WalkShape): Statement {
  const list = walk.columns.map((column) => projected(column, walk.asStored));
  const [only, ...others] = walk.branches;
  const branched = others.length > 0;
  const edges = [
    ...(walk.lower ? [edge(walk.order, walk.lower, ">")] : []),
    ...(walk.upper ? [edge(walk.order, walk.upper, "<")] : []),
  ];
  const conditions = [
    ...walk.eq.map((column, at) => {
      const value = branched ? `b.[c${at}]${collated(column)}` : bound(column);
      return `t.${column.quoted} = ${value}`;
    }),
    ...walk.notNull.map((name) => `t.${name} IS NOT NULL`),
    ...edges.map(({ sql }) => sql),
    ...(walk.condition ? [walk.condition.sql] : []),
  ];
  const args = [...edges.flatMap((each) => each.args), ...(walk.condition?.args ?? [])];
  const direction = walk.descending ? " DESC" : "";
  const ordered = (name: (column: ReadColumn, at: number) => string) =>
    walk.unordered ? "(SELECT NULL)" : walk.order.map((column, at) => `${name(column, at)}${direction}`).join(", ");
  const page = (order: string, offset: number, limit: SqlValue | undefined): { sql: string; args: SqlValue[] } => {
    if (limit === undefined && offset === 0) return { sql: walk.unordered ? "" : ` ORDER BY ${order}`, args: [] };
    const fetch = limit === undefined || limit === null ? "" : " FETCH NEXT ? ROWS ONLY";
    return { sql: ` ORDER BY ${order} OFFSET ? ROWS${fetch}`, args: fetch ? [offset, limit as SqlValue] : [offset] };
  };
  // What a statement is about to remove must not change between being chosen and being removed.
  const hint = walk.asStored ? " WITH (UPDLOCK)" : "";
  const from = `FROM ${walk.table} AS t${hint}${conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : ""}`;
  if (!branched) {
    const end = page(
      ordered(({ quoted }) => `t.${quoted}`),
      walk.offset,
      walk.limit,
    );
    return {
      sql: `SELECT ${list.map(({ sql }) => sql).join(", ")} ${from}${end.sql}`,
      args: [...(only ?? []), ...args, ...end.args],
    };
  }
  const places = walk.unordered ? [] : walk.order.map(({ quoted }, at) => `t.${quoted} AS [o${at}]`);
  const most = typeof walk.limit === "number" ? walk.limit + walk.offset : undefined;
  const inner =
    most === undefined
      ? { sql: "", args: [] }
      : page(
          ordered(({ quoted }) => `t.${quoted}`),
          0,
          most,
        );
  const outer = page(
    ordered((_, at) => `w.[o${at}]`),
    walk.offset,
    walk.limit,
  );
  const choices = walk.eq.map((column, at) => ({ name: `c${at}`, type: storageOf(column).incoming }));
  const branches = openJson("?", choices, "b");
  return {
    sql:
      `SELECT ${list.map(({ name }) => `w.${name}`).join(", ")} FROM ${branches} ` +
      `CROSS APPLY (SELECT ${[...list.map(({ sql }) => sql), ...places].join(", ")} ${from}${inner.sql}) AS w${outer.sql}`,
    args: [JSON.stringify(walk.branches.map(asObject)), ...args, ...inner.args, ...outer.args],
  };
}

/** The keys are typed as their columns are, drive the look-ups, and come back with their places. */
export function lookupStatement({ table, columns, key, keys }: LookupShape): Statement {
  const list = columns.map((column) => projected(column).sql).join(", ");
  const [only, ...others] = keys;
  if (others.length === 0) {
    const condition = key.map((column) => `t.${column.quoted} = ${bound(column)}`).join(" AND ");
    return {
      sql: `SELECT ${list}, 0 AS [n] FROM ${table} AS t WHERE ${condition}`,
      args: only ?? [],
      atMostOneRow: true,
    };
  }
  const fields = key.map((column, at) => ({ name: `c${at}`, type: storageOf(column).incoming }));
  const on = key.map((column, at) => `t.${column.quoted} = s.[c${at}]${collated(column)}`).join(" AND ");
  const source = openJson("?", [{ name: "i", type: "INT" }, ...fields]);
  return {
    sql: `SELECT ${list}, s.[i] AS [n] FROM ${source} INNER LOOP JOIN ${table} AS t ON ${on}`,
    args: [JSON.stringify(keys.map((values, i) => ({ i, ...asObject(values) })))],
  };
}

const asObject = (values: readonly SqlValue[]) => Object.fromEntries(values.map((value, at) => [`c${at}`, value]));

/**
 * There are no row values: `(a, b) > (x, y)` is `a >= x AND (a > x OR b > y)`, whose first part is where an index is entered.
 */
function edge(
  order: readonly ReadColumn[],
  { at, inclusive }: WalkEdge,
  operator: "<" | ">",
): { readonly sql: string; readonly args: SqlValue[] } {
  const [column, ...rest] = order as [ReadColumn, ...ReadColumn[]];
  const [value, ...values] = at as [SqlValue, ...SqlValue[]];
  const name = `t.${column.quoted}`;
  if (values.length === 0) return { sql: `${name} ${operator}${inclusive ? "=" : ""} ${bound(column)}`, args: [value] };
  const inner = edge(rest, { at: values, inclusive }, operator);
  return {
    sql: `(${name} ${operator}= ${bound(column)} AND (${name} ${operator} ${bound(column)} OR ${inner.sql}))`,
    args: [value, value, ...inner.args],
  };
}
