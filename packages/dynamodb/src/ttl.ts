/** What may expire by itself, by the words of the configuration. */
export type TtlEntity = "thread" | "message" | "trace" | "eval" | "workflow_snapshot" | "resource" | "score";

/** When records of one kind expire. */
export interface TtlEntityConfig {
  enabled: boolean;
  /** The number attribute that holds the time of expiry, in seconds since 1970. Default `ttl`; the same for the whole table. */
  attributeName?: string;
  /** Seconds from the last write of a record to its expiry. Without it records of this kind do not expire. */
  defaultTtlSeconds?: number;
}

export type TtlConfig = { readonly [entity in TtlEntity]?: TtlEntityConfig };

/** The tables of each kind, with those that are nothing without them. */
const tablesOf: Readonly<Record<TtlEntity, readonly string[]>> = {
  thread: ["mastra_threads", "stowage_thread_metadata"],
  message: ["mastra_messages"],
  trace: ["mastra_ai_spans", "stowage_trace_index", "stowage_parked_span_updates", "mastra_traces"],
  eval: ["mastra_evals"],
  workflow_snapshot: ["mastra_workflow_snapshot", "stowage_workflow_steps"],
  resource: ["mastra_resources"],
  score: ["mastra_scorers"],
};

const entityOf = new Map(
  Object.entries(tablesOf).flatMap(([entity, tables]) => tables.map((table) => [table, entity as TtlEntity] as const)),
);

const defaultAttribute = "ttl";

/** Whether records of a kind are to expire. */
export const isTtlEnabled = (entity: TtlEntity, config: TtlConfig | undefined): boolean =>
  config?.[entity]?.enabled === true;

/** The attribute that holds the time of expiry. Default `ttl`. */
export const getTtlAttributeName = (entity: TtlEntity, config: TtlConfig | undefined): string =>
  config?.[entity]?.attributeName ?? defaultAttribute;

/**
 * When a record written now expires, in whole seconds since 1970; `undefined` when its kind does not.
 *
 * @param seconds from now on, instead of the configured ones.
 */
export function calculateTtl(
  entity: TtlEntity,
  config: TtlConfig | undefined,
  seconds = config?.[entity]?.defaultTtlSeconds,
): number | undefined {
  if (!isTtlEnabled(entity, config) || seconds === undefined || !(seconds > 0)) return undefined;
  return Math.floor(Date.now() / 1000) + Math.floor(seconds);
}

/** The attribute as part of an item; empty when the kind does not expire. */
export function getTtlProps(
  entity: TtlEntity,
  config: TtlConfig | undefined,
  seconds?: number,
): Record<string, number> {
  const at = calculateTtl(entity, config, seconds);
  return at === undefined ? {} : { [getTtlAttributeName(entity, config)]: at };
}

/** Expiry as the engine needs it, by the names of tables. */
export class Expiry {
  private readonly config: TtlConfig | undefined;
  /** The attribute of the whole table; DynamoDB has one at most. */
  readonly attribute: string;

  constructor(config: TtlConfig | undefined) {
    this.config = config;
    const [name = defaultAttribute] = Object.values(config ?? {}).flatMap((entity) =>
      entity?.enabled ? [entity.attributeName ?? defaultAttribute] : [],
    );
    this.attribute = name;
  }

  /** What items of a record written now have in addition. */
  props(table: string): Record<string, number> {
    const entity = entityOf.get(table);
    const at = entity && calculateTtl(entity, this.config);
    return at === undefined ? {} : { [this.attribute]: at };
  }

  /** Whether an item has expired. DynamoDB removes such items within days; until then it gives them out. */
  isOver(item: Readonly<Record<string, unknown>>): boolean {
    const at = item[this.attribute];
    return at !== undefined && Number(at) <= Date.now() / 1000;
  }
}
