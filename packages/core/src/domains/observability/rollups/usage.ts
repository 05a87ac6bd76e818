/** What a span says about a call of a model, small enough to be read for whole traces. Counts are left out where unknown. */
export interface SpanUsage {
  readonly provider?: string;
  readonly model?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly totalTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
  readonly cost?: number;
  readonly costUnit?: string;
  /** When the first token came, in milliseconds since 1970. */
  readonly firstTokenAt?: number;
}

type Members = Readonly<Record<string, unknown>>;

/** The members in the order in which their values are kept: a list of them takes a third of the room of an object. */
const members = [
  "provider",
  "model",
  "inputTokens",
  "outputTokens",
  "totalTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "reasoningTokens",
  "cost",
  "costUnit",
  "firstTokenAt",
] as const satisfies readonly (keyof SpanUsage)[];

/** What a column holds of a usage: the values of its members, null for an unknown one, up to the last that is known. */
export type StoredUsage = readonly (string | number | null)[];

/** The JSON text of a span's usage from its attributes; `null` when they say nothing of it. */
export function usageText(attributes: unknown): string | null {
  const all = membersOf(attributes);
  if (!all) return null;
  const usage = readUsage(all);
  const values = members.map((member) => usage[member] ?? null);
  while (values.at(-1) === null) values.pop();
  return values.length === 0 ? null : JSON.stringify(values);
}

/** Reads the members that the conventions and the exporter of Mastra use. */
function readUsage(all: Members): { readonly [Member in keyof SpanUsage]: SpanUsage[Member] | undefined } {
  const usage = membersOf(all.usage);
  const context = membersOf(all.costContext);
  // Where the exporters of Stowage put what a call cost.
  const priced = membersOf(all.cost);
  const input = numberOf(usage?.inputTokens ?? usage?.promptTokens);
  const output = numberOf(usage?.outputTokens ?? usage?.completionTokens);
  const total = numberOf(usage?.totalTokens) ?? (input === undefined && output === undefined ? undefined : 0);
  const cost = numberOf(all.estimatedCost ?? context?.estimatedCost ?? priced?.estimatedCost ?? usage?.cost);
  return {
    provider: textOf(all.provider ?? context?.provider),
    model: textOf(all.model ?? context?.model ?? all.responseModel),
    inputTokens: input,
    outputTokens: output,
    totalTokens: total === undefined ? undefined : Math.max(total, (input ?? 0) + (output ?? 0)),
    cacheReadTokens: numberOf(membersOf(usage?.inputDetails)?.cacheRead ?? usage?.cachedInputTokens),
    cacheWriteTokens: numberOf(membersOf(usage?.inputDetails)?.cacheWrite),
    reasoningTokens: numberOf(membersOf(usage?.outputDetails)?.reasoning ?? usage?.reasoningTokens),
    cost,
    costUnit:
      cost === undefined ? undefined : textOf(all.costUnit ?? context?.costUnit ?? priced?.costUnit ?? usage?.costUnit),
    firstTokenAt: instantOf(all.completionStartTime),
  };
}

export function parseUsage(text: string | null): SpanUsage | undefined {
  if (text === null) return undefined;
  const values = JSON.parse(text) as StoredUsage;
  return Object.fromEntries(members.flatMap((member, at) => (values[at] == null ? [] : [[member, values[at]]])));
}

/** Whether a span has figures of its own. */
export const hasFigures = ({ totalTokens, cost }: SpanUsage): boolean =>
  totalTokens !== undefined || cost !== undefined;

function membersOf(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === "bigint" || (typeof value === "string" && value.trim() !== "") ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function instantOf(value: unknown): number | undefined {
  if (!(value instanceof Date) && typeof value !== "string" && typeof value !== "number") return undefined;
  const time = new Date(value).getTime();
  return Number.isNaN(time) ? undefined : time;
}
