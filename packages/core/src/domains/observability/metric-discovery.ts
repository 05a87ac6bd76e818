import { compareText } from "../../engine/compare.ts";
import type { Engine } from "../../engine/engine.ts";
import { aggregate } from "../../engine/operations.ts";
import { refused } from "./conditions.ts";
import { metrics } from "./signals/tables.ts";
import { indexText } from "./traces/index-text.ts";

/** Distinct names of metrics, ascending by code point. */
export async function metricNames(engine: Engine, a: unknown): Promise<string[]> {
  const choose = chooser(a);
  const [{ groups }] = await engine.read([
    aggregate(metrics, { path: "byTime", groupBy: [{ column: "name" }], measures: {} }),
  ]);
  return choose(groups.map(({ group: [name] }) => name as string));
}

/** Distinct keys of the labels of one metric. */
export async function metricLabelKeys(engine: Engine, a: unknown): Promise<string[]> {
  const { metricName } = (a ?? {}) as Record<string, unknown>;
  const sets = await labelSets(engine, metricName);
  return chooser({})(sets.flatMap((labels) => Object.keys(labels)));
}

/** Distinct values of one label of one metric. */
export async function metricLabelValues(engine: Engine, a: unknown): Promise<string[]> {
  const { metricName, labelKey } = (a ?? {}) as Record<string, unknown>;
  if (typeof labelKey !== "string") throw refused("labelKey", "must be a string");
  const choose = chooser(a);
  const sets = await labelSets(engine, metricName);
  return choose(sets.flatMap((labels) => (Object.hasOwn(labels, labelKey) ? [labels[labelKey] as string] : [])));
}

/** Each set of labels once: far fewer than rows. */
async function labelSets(engine: Engine, name: unknown): Promise<Record<string, string>[]> {
  if (typeof name !== "string") throw refused("metricName", "must be a string");
  const [{ groups }] = await engine.read([
    aggregate(metrics, {
      path: "bySubject",
      eq: { subjectKey: indexText(name) },
      filter: { op: "eq", column: "name", value: name },
      groupBy: [{ column: "labels" }],
      measures: {},
    }),
  ]);
  return groups.map(({ group: [labels] }) => JSON.parse(labels as string) as Record<string, string>);
}

/** What is left of values: distinct, non-empty, with the prefix, in order, as many as asked for. */
function chooser(a: unknown): (values: readonly string[]) => string[] {
  const { prefix = "", limit } = (a ?? {}) as Record<string, unknown>;
  if (typeof prefix !== "string") throw refused("prefix", "must be a string");
  if (limit !== undefined && !(typeof limit === "number" && Number.isInteger(limit) && limit >= 1)) {
    throw refused("limit", "must be a whole number of at least 1");
  }
  return (values) =>
    [...new Set(values)]
      .filter((value) => value !== "" && value.startsWith(prefix))
      .sort(compareText)
      .slice(0, limit as number | undefined);
}
