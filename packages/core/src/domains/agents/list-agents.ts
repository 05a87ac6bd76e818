import { compareValues } from "../../engine/compare.ts";
import { compileFilter } from "../../engine/evaluate.ts";
import { allOf, type Filter } from "../../engine/filter.ts";
import { encodeJson } from "../../engine/json.ts";
import { count, get } from "../../engine/operations.ts";
import type { PathName, StoredRow } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { isKeyText } from "../shared/key-text.ts";
import { readListPage } from "../shared/listing.ts";
import { type CheckedPage, checkPage } from "../shared/pagination.ts";
import { optionalObject, optionalText } from "../shared/values.ts";
import { favoriteIds } from "./favorites.ts";
import { agents } from "./tables.ts";
import type { StorageListAgentsInput } from "./types.ts";

export type StoredAgent = StoredRow<typeof agents>;

export interface AgentPage {
  readonly page: CheckedPage;
  readonly rows: readonly StoredAgent[];
  readonly total: number;
}

interface Query {
  readonly page: CheckedPage;
  readonly field: "createdAt" | "updatedAt";
  readonly direction: "asc" | "desc";
  /** Conditions on columns that have paths. */
  readonly values: Readonly<Partial<Record<"status" | "authorId" | "visibility", string>>>;
  readonly metadata: readonly Filter[];
}

/** One page of records. */
export async function pageOfAgents(context: DomainContext, input: StorageListAgentsInput): Promise<AgentPage> {
  const query = readQuery(input);
  const { page } = query;
  if (!Object.values(query.values).every(isKeyText)) return { page, rows: [], total: 0 };
  const ids = entityIdsOf(input.entityIds);
  const user = optionalText(input.pinFavoritedFor, "pinFavoritedFor");
  const favorites = user === undefined ? undefined : await favoriteIds(context, user);
  if (input.favoritedOnly === true) {
    const only = (favorites ?? []).filter((id) => !ids || ids.includes(id));
    return slice(query, await byIds(context, query, only));
  }
  if (ids) return slice(query, await byIds(context, query, ids, favorites));
  if (favorites?.length) return pinned(context, query, favorites);
  const { rows, total } = await readListPage(context.engine, agents, walkOf(query), page);
  return { page, rows, total };
}

function readQuery(input: StorageListAgentsInput): Query {
  const values: { -readonly [K in keyof Query["values"]]: string } = {};
  for (const column of ["status", "authorId", "visibility"] as const) {
    const value = optionalText(input[column], column);
    if (value !== undefined) values[column] = value;
  }
  const metadata = Object.entries(optionalObject(input.metadata, "metadata") ?? {}).flatMap(
    ([name, value]): Filter[] => {
      const text = encodeJson(value);
      return text === undefined ? [] : [{ op: "jsonEq", column: "metadata", path: [name], value: text }];
    },
  );
  const { field, direction } = input.orderBy ?? {};
  return {
    page: checkPage(input.page, input.perPage, 100),
    field: field === "updatedAt" ? "updatedAt" : "createdAt",
    direction: direction === "ASC" ? "asc" : "desc",
    values,
    metadata,
  };
}

function entityIdsOf(given: unknown): string[] | undefined {
  if (given === undefined || given === null) return undefined;
  if (!Array.isArray(given) || !given.every((id) => typeof id === "string")) {
    throw invalid("entityIds must be an array of strings", "INVALID_INPUT", { path: "entityIds" });
  }
  return [...new Set(given as string[])].filter((id) => id !== "" && isKeyText(id));
}

const equals = ([column, value]: [string, string]): Filter => ({ op: "eq", column, value });

/** Everything the records must meet. */
const filterOf = ({ values, metadata }: Query, without?: string): Filter | undefined =>
  allOf(
    ...Object.entries(values)
      .filter(([column]) => column !== without)
      .map(equals),
    ...metadata,
  );

/** A walk in the order asked for, along the path of the condition that leaves the fewest. */
function walkOf(query: Query, further?: Filter) {
  const { values, field, direction } = query;
  const column = (["authorId", "visibility", "status"] as const).find((name) => values[name] !== undefined);
  const prefix = { authorId: "author", visibility: "visibility", status: "status", all: "all" }[column ?? "all"];
  const filter = allOf(filterOf(query, column), further);
  return {
    path: `${prefix}${field === "createdAt" ? "ByCreation" : "ByUpdate"}` as PathName<typeof agents>,
    direction,
    ...(column && { eq: { [column]: values[column] as string } }),
    ...(filter && { filter }),
  };
}

/** The records with these ids that meet the conditions, in order; those in `first` before the others. */
async function byIds(
  { engine }: DomainContext,
  query: Query,
  ids: readonly string[],
  first: readonly string[] = [],
): Promise<StoredAgent[]> {
  if (ids.length === 0) return [];
  const [{ rows }] = await engine.read([
    get(
      agents,
      ids.map((id) => [id]),
    ),
  ]);
  const filter = filterOf(query);
  const test = filter ? compileFilter(agents, filter) : () => true;
  const { field, direction } = query;
  const sign = direction === "asc" ? 1 : -1;
  const rank = new Set(first);
  return (rows.filter((row) => row !== undefined && test(row)) as StoredAgent[]).sort(
    (a, b) =>
      Number(rank.has(b.id)) - Number(rank.has(a.id)) || sign * (a[field] - b[field] || compareValues(a.id, b.id)),
  );
}

function slice({ page }: Query, rows: readonly StoredAgent[]): AgentPage {
  const { offset, limit = rows.length } = page;
  return { page, rows: rows.slice(offset, offset + limit), total: rows.length };
}

/** Favourites that meet the conditions, then the walk without them. */
async function pinned(context: DomainContext, query: Query, favorites: readonly string[]): Promise<AgentPage> {
  const { page } = query;
  const top = await byIds(context, query, favorites);
  const { rows: head } = slice(query, top);
  const others: Filter = { op: "not", arg: { op: "in", column: "id", values: top.map(({ id }) => id) } };
  const rest: CheckedPage =
    page.limit === undefined
      ? page
      : { ...page, offset: Math.max(0, page.offset - top.length), limit: page.limit - head.length };
  const walk = walkOf(query, others);
  if (rest.limit === 0) {
    const { direction: _direction, ...counted } = walk;
    const [{ count: left }] = await context.engine.read([count(agents, counted)]);
    return { page, rows: head, total: top.length + left };
  }
  const { rows, total } = await readListPage(context.engine, agents, walk, rest);
  return { page, rows: [...head, ...rows], total: top.length + total };
}
