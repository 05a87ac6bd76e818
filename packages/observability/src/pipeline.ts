import type { CreateSpanRecord } from "@stowage/core";
import { type Sampler, sampled } from "./sampling/head.ts";
import { TailSampler, type TailSamplingOptions } from "./sampling/tail.ts";
import { SensitiveDataFilter, type SensitiveDataOptions } from "./sensitive/filter.ts";
import { prepared } from "./sensitive/prepare.ts";
import { withCost } from "./usage/cost.ts";
import type { PriceTable } from "./usage/prices.ts";
import type { Item } from "./writer/item.ts";
import { Spool, type SpoolOptions } from "./writer/spool.ts";
import { type RefusedError, Writer, type WriterOptions } from "./writer/writer.ts";

/** What every way into the storage can do with spans and signals before they are written. */
export interface PipelineOptions extends Omit<WriterOptions, "spool"> {
  /** Which traces are kept, decided when they begin. Default: all. */
  sampling?: Sampler;
  /** Which traces are kept, decided when they have ended. Default: all. */
  tailSampling?: TailSamplingOptions;
  /** What is hidden before anything is kept anywhere. Default: secrets by name and by shape; `false` hides nothing. */
  sensitiveData?: SensitiveDataOptions | SensitiveDataFilter | false;
  /** Prices for the cost of model calls. Default: none, and no cost is written. */
  prices?: PriceTable;
  /** Keeps on disk what the database does not take. */
  spool?: SpoolOptions;
}

/** Filter, cost and sampling before the buffer, so that nothing unfiltered is ever kept. */
export class Pipeline {
  readonly writer: Writer;
  readonly #filter: SensitiveDataFilter | undefined;
  readonly #sampling: Sampler | undefined;
  readonly #tail: TailSampler<RefusedError | undefined> | undefined;
  readonly #prices: PriceTable | undefined;
  /** Traces that a remote caller has decided to keep. Bounded. */
  readonly #inherited = new Set<string>();

  constructor({ sampling, tailSampling, sensitiveData = {}, prices, spool, ...options }: PipelineOptions) {
    this.writer = new Writer({ ...options, ...(spool && { spool: new Spool(spool) }) });
    this.#sampling = sampling;
    this.#prices = prices;
    if (sensitiveData !== false) this.#filter = filterOf(sensitiveData);
    this.#tail = tailSampling && new TailSampler(tailSampling, (item) => this.writer.add(item));
  }

  /** Traces and spans that tail sampling did not keep. */
  get sampledOut(): { readonly traces: number; readonly spans: number } {
    return this.#tail?.dropped ?? { traces: 0, spans: 0 };
  }

  /** Keeps a trace whose caller is elsewhere and has decided so: what it keeps must not have holes. */
  keep(traceId: string): void {
    if (!this.#sampling && !this.#tail) return;
    this.#inherited.add(traceId);
    if (this.#inherited.size > 10_000) this.#inherited.delete(this.#inherited.keys().next().value as string);
    this.#tail?.keep(traceId);
  }

  /** Takes an item. Returns why it was not kept, when the buffer is full. */
  add(item: Item): RefusedError | undefined {
    const traceId = "traceId" in item.record ? item.record.traceId : undefined;
    if (this.#sampling && typeof traceId === "string" && !this.#inherited.has(traceId)) {
      if (!sampled(this.#sampling, traceId)) return undefined;
    }
    const record = prepared(item.record, this.#filter, traceId ?? undefined) as Item["record"];
    const clean = { kind: item.kind, record } as Item;
    if (this.#prices) price(clean, this.#prices);
    if (clean.kind === "score" && typeof traceId === "string") this.#tail?.addScore(traceId, clean.record.score);
    if (this.#tail && (clean.kind === "create" || clean.kind === "update")) return this.#tail.add(clean);
    return this.writer.add(clean);
  }

  /** Everything taken so far is durable afterwards, spooled, or reported; traces whose fate is open stay open. */
  flush(): Promise<void> {
    return this.writer.flush();
  }

  async shutdown(): Promise<void> {
    this.#tail?.decideAll();
    await this.writer.shutdown();
  }
}

/** What is done to a finished span on its way into a storage, for those who bring their own way. */
export function spanPreparation({
  sensitiveData = false,
  prices,
}: Pick<PipelineOptions, "sensitiveData" | "prices">): (span: CreateSpanRecord) => CreateSpanRecord {
  const filter = sensitiveData === false ? undefined : filterOf(sensitiveData);
  return (span) => {
    const clean = filter ? (prepared(span, filter, span.traceId) as CreateSpanRecord) : span;
    return prices ? withCost(clean, prices) : clean;
  };
}

const filterOf = (given: SensitiveDataOptions | SensitiveDataFilter): SensitiveDataFilter =>
  given instanceof SensitiveDataFilter ? given : new SensitiveDataFilter(given);

function price(item: Item, prices: PriceTable): void {
  if (item.kind === "create") item.record = withCost(item.record, prices);
  else if (item.kind === "update" && item.record.updates.endedAt) {
    item.record = { ...item.record, updates: withCost(item.record.updates as CreateSpanRecord, prices) };
  }
}
