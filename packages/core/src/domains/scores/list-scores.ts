import { allOf, type Filter } from "../../engine/filter.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { toKeyText } from "../shared/key-text.ts";
import { readListPage } from "../shared/listing.ts";
import { checkPage } from "../shared/pagination.ts";
import { optionalObject } from "../shared/values.ts";
import { dateRangeOf } from "./date-range.ts";
import { toScore } from "./score-records.ts";
import { scores } from "./tables.ts";
import type { ListScoresOutput } from "./types.ts";

type ScorePath = "byScorer" | "byRun" | "byEntity" | "bySpan" | "byCreation";

/** What a list is asked for: the columns of its path, further conditions that may be left out, and the common members. */
export interface ScoreQuery {
  readonly path: ScorePath;
  readonly eq?: Readonly<Record<string, unknown>>;
  /** Only along a path in the order of creation. */
  readonly dateRange?: unknown;
  /** No condition when absent or `''`. */
  readonly optional?: Readonly<Record<string, unknown>>;
  readonly pagination?: unknown;
  readonly filters?: unknown;
}

export async function listScores({ engine }: DomainContext, query: ScoreQuery): Promise<ListScoresOutput> {
  const { page, perPage } = optionalObject(query.pagination, "pagination") ?? {};
  const checked = checkPage(page, perPage, 100);
  const eq: Record<string, string> = {};
  for (const [name, value] of Object.entries(query.eq ?? {})) eq[name] = toKeyText(textOf(value, name));
  const filter = allOf(...optionalConditions(query.optional), ...tenancyConditions(query.filters));
  const range = dateRangeOf(query.dateRange);
  const walk = {
    path: query.path,
    eq,
    direction: "desc",
    ...(range && { range }),
    ...(filter && { filter }),
  } as const;
  const { rows, total } = await readListPage(engine, scores, walk, checked);
  const { offset, limit } = checked;
  const hasMore = limit !== undefined && limit > 0 && offset + limit < total;
  return { scores: rows.map(toScore), pagination: { total, page: checked.page, perPage: checked.perPage, hasMore } };
}

const keyTexts = ["scorerId", "entityId", "entityType"];

function optionalConditions(values: Readonly<Record<string, unknown>> = {}): Filter[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([column, value]): Filter => {
      const text = textOf(value, column);
      return { op: "eq", column, value: keyTexts.includes(column) ? toKeyText(text) : text };
    });
}

function tenancyConditions(filters: unknown): Filter[] {
  const given = optionalObject(filters, "filters") ?? {};
  return (["organizationId", "projectId"] as const).flatMap((column): Filter[] => {
    const value = given[column];
    if (value === undefined) return [];
    if (value === null) return [{ op: "isNull", column }];
    return [{ op: "eq", column, value: textOf(value, `filters.${column}`) }];
  });
}

function textOf(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_ARGUMENT", { path });
  return value;
}
