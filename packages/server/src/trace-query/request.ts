import { z } from "@hono/zod-openapi";

const literal = z.union([z.string().max(4096), z.number(), z.boolean(), z.null()]);
const path = z.string().min(1).max(128);
const operand = z.union([z.object({ path }), z.object({ literal })]);

const comparison = z.object({ op: z.enum(["eq", "ne", "lt", "lte", "gt", "gte"]), left: operand, right: operand });
const membership = z.object({ op: z.enum(["in", "notIn"]), value: operand, set: z.array(literal).min(1).max(100) });
const presence = z.object({ op: z.enum(["exists", "notExists"]), path });

export type Leaf = z.output<typeof comparison> | z.output<typeof membership> | z.output<typeof presence>;

interface Joined<Node> {
  op: "and" | "or";
  args: Node[];
}
interface Negated<Node> {
  op: "not";
  arg: Node;
}
type Quantified<Node> = { some: Node } | { none: Node };
interface OfSpans {
  spans: Quantified<RowCondition>;
}
interface OfScores {
  scores: Quantified<RowCondition>;
}
interface OfFeedback {
  feedback: Quantified<RowCondition>;
}
interface OfTraces {
  traces: Quantified<TraceCondition>;
}

/** A condition on one related record. */
export type RowCondition = Leaf | Joined<RowCondition> | Negated<RowCondition>;
/** A condition on a trace. */
export type TraceCondition = Leaf | Joined<TraceCondition> | Negated<TraceCondition> | OfSpans | OfScores | OfFeedback;
/** A condition on a thread, which knows nothing but its traces. */
export type ThreadCondition = Joined<ThreadCondition> | Negated<ThreadCondition> | OfTraces;

const logic = <Node>(node: z.ZodType<Node>) =>
  [
    z.object({ op: z.enum(["and", "or"]), args: z.array(node).min(1).max(100) }),
    z.object({ op: z.literal("not"), arg: node }),
  ] as const;
const some = <Node>(node: z.ZodType<Node>) => z.union([z.object({ some: node }), z.object({ none: node })]);

export const rowCondition: z.ZodType<RowCondition> = z
  .lazy(() => z.union([comparison, membership, presence, ...logic(rowCondition)]))
  .openapi("TraceRecordCondition");

export const traceCondition: z.ZodType<TraceCondition> = z
  .lazy(() =>
    z.union([
      comparison,
      membership,
      presence,
      ...logic(traceCondition),
      z.object({ spans: some(rowCondition) }),
      z.object({ scores: some(rowCondition) }),
      z.object({ feedback: some(rowCondition) }),
    ]),
  )
  .openapi("TraceCondition");

export const threadCondition: z.ZodType<ThreadCondition> = z
  .lazy(() => z.union([...logic(threadCondition), z.object({ traces: some(traceCondition) })]))
  .openapi("ThreadCondition");

/** A condition on a group's measures: the path of a leaf is the name of a measure. */
export type GroupCondition = MeasureLeaf | Joined<GroupCondition> | Negated<GroupCondition>;
export type MeasureLeaf = z.output<typeof comparison> | z.output<typeof membership>;

export const groupCondition: z.ZodType<GroupCondition> = z
  .lazy(() => z.union([comparison, membership, ...logic(groupCondition)]))
  .openapi("TraceGroupCondition");

const instant = z.iso.datetime({ offset: true });
export const timeRange = z.object({ from: instant, to: instant });
const cursor = z.string().max(8192).nullish();
const direction = z.enum(["asc", "desc"]);

export const tracesRequest = z.object({
  timeRange,
  where: traceCondition.optional(),
  group: z.object({ by: z.tuple([z.literal("threadId")]) }).optional(),
  orderBy: z
    .array(z.object({ field: z.enum(["startedAt", "endedAt"]), direction }))
    .length(1)
    .optional(),
  page: z.object({ limit: z.int().min(1).max(1000).optional(), after: cursor }).optional(),
  pagination: z.object({ page: z.int().min(0).optional(), perPage: z.int().min(1).max(100).optional() }).optional(),
  mode: z.literal("delta").optional(),
  after: z.string().max(8192).optional(),
  limit: z.int().min(1).max(100).optional(),
});
export type TracesRequest = z.output<typeof tracesRequest>;

export const threadsRequest = z.object({
  traces: z.object({ timeRange, where: traceCondition.optional() }),
  where: threadCondition.optional(),
  page: z.object({ limit: z.int().min(1).max(1000).optional(), after: cursor }).optional(),
});
export type ThreadsRequest = z.output<typeof threadsRequest>;

const discovery = {
  timeRange,
  predicateScope: z.enum(["trace", "spans", "scores", "feedback"]),
  search: z.string().max(256).optional(),
  limit: z.int().min(1).max(100).optional(),
};
export const fieldsRequest = z.object(discovery);
export type FieldsRequest = z.output<typeof fieldsRequest>;
export const valuesRequest = z.object({ ...discovery, path });
export type ValuesRequest = z.output<typeof valuesRequest>;

export const aggregateRequest = z.object({
  timeRange,
  where: traceCondition.optional(),
  dimensions: z.array(path).max(2).optional(),
  interval: z.enum(["1m", "5m", "15m", "1h", "1d"]).optional(),
  measures: z.array(z.string().max(160)).min(1).max(20),
  having: groupCondition.optional(),
  orderBy: z.object({ by: z.string().max(160), direction: direction.optional() }).optional(),
  limit: z.int().min(1).max(1000).optional(),
});
export type AggregateRequest = z.output<typeof aggregateRequest>;
