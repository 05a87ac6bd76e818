import { compareText } from "../../../engine/compare.ts";
import { columnsOf, fieldValue, metadataValue } from "./fields.ts";
import { type DiscoveryPlan, planOf } from "./plan.ts";
import { matchingTraces, type QueryRun, withRelated } from "./population.ts";
import type { TraceCase } from "./predicate.ts";

const longestPath = 128;
const longestValue = 4096;
const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const order = { field: "startedAt", isDescending: true } as const;

/** Metadata keys of traces that hold a text, with the number of traces. */
export async function observedFields(run: QueryRun, given: unknown): Promise<object> {
  const plan = planOf(given) as unknown as DiscoveryPlan;
  if (plan.predicateScope !== "trace") return { observedFields: [], observedFieldsTruncated: false };
  const counts = new Map<string, number>();
  for await (const { row } of matchingTraces(run, plan, order)) {
    const object: unknown = row.metadata === null ? null : JSON.parse(row.metadata as string);
    if (typeof object !== "object" || object === null || Array.isArray(object)) continue;
    for (const key of Object.keys(object)) {
      const value = key.includes(".") || key === "" ? null : metadataValue(row, key);
      if (value === null || bytesOf(value) > longestValue || bytesOf(`metadata.${key}`) > longestPath) continue;
      counts.set(`metadata.${key}`, (counts.get(`metadata.${key}`) ?? 0) + 1);
    }
  }
  const { page, isTruncated } = ranked(counts, plan);
  return {
    observedFields: page.map(([path, occurrences]) => ({
      path,
      valueKind: "string",
      operators: ["eq", "ne", "in", "notIn", "exists", "notExists"],
      valueSuggestions: true,
      occurrences,
    })),
    observedFieldsTruncated: isTruncated,
  };
}

/** The values of one field, with how many traces or records have each. */
export async function fieldValues(run: QueryRun, given: unknown): Promise<object> {
  const plan = planOf(given) as unknown as DiscoveryPlan;
  const { predicateScope: scope, path = "" } = plan;
  const counts = new Map<string, number>();
  const add = (row: TraceCase["row"]) => {
    const value = fieldValue(scope, row, path);
    const texts = Array.isArray(value) ? new Set(value as readonly string[]) : [value];
    for (const text of texts) {
      if (typeof text === "string" && text !== "") counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  };
  let group: TraceCase[] = [];
  const addRelated = async () => {
    if (scope === "trace" || group.length === 0) return;
    const wanted = new Map([[scope, new Set(columnsOf(scope, path))]]);
    for (const { related } of await withRelated(run, group, wanted, plan.scope))
      for (const row of related[scope] ?? []) add(row);
    group = [];
  };
  for await (const trace of matchingTraces(run, plan, order)) {
    if (scope === "trace") add(trace.row);
    else group.push(trace);
    if (group.length >= 500) await addRelated();
  }
  await addRelated();
  const { page, isTruncated } = ranked(counts, plan);
  return { values: page.map(([value, count]) => ({ value, count })), valuesTruncated: isTruncated };
}

/** The most frequent first, then by code point; as many as asked for of those that hold what is searched. */
function ranked(counts: ReadonlyMap<string, number>, { search, limit = 25 }: DiscoveryPlan) {
  const wanted = search?.toLowerCase() ?? "";
  const found = [...counts]
    .filter(([text]) => text.toLowerCase().includes(wanted))
    .sort(([a, n], [b, m]) => m - n || compareText(a, b));
  return { page: found.slice(0, limit), isTruncated: found.length > limit };
}
