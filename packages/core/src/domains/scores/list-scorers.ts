import { compareText } from "../../engine/compare.ts";
import { aggregate } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { fromKeyText } from "../shared/key-text.ts";
import { optionalText } from "../shared/values.ts";
import { dateRangeOf } from "./date-range.ts";
import { scores } from "./tables.ts";
import type { ListScorersInput, ScorerSummary } from "./types.ts";

/** One group of the scores for each scorer. */
export async function listScorers({ engine }: DomainContext, input: ListScorersInput): Promise<ScorerSummary[]> {
  const resourceId = optionalText(input.resourceId, "resourceId");
  const range = dateRangeOf(input.dateRange);
  const [{ groups }] = await engine.read([
    aggregate(scores, {
      path: "byCreation",
      ...(range && { range }),
      ...(resourceId !== undefined && { filter: { op: "eq", column: "resourceId", value: resourceId } }),
      groupBy: [{ column: "scorerId" }],
      measures: {
        count: { fn: "count" },
        average: { fn: "avg", column: "score" },
        min: { fn: "min", column: "score" },
        max: { fn: "max", column: "score" },
        lastAt: { fn: "max", column: "createdAt" },
      },
    }),
  ]);
  return groups
    .map(({ group, values }) => ({
      scorerId: fromKeyText(group[0] as string),
      count: values.count as number,
      average: values.average as number,
      min: values.min as number,
      max: values.max as number,
      lastAt: new Date(values.lastAt as number),
    }))
    .sort((a, b) => compareText(a.scorerId, b.scorerId));
}
