import type { CreateSpanRecord, UpdateSpanRecord } from "@stowage/core";
import type { Item } from "./item.ts";

/**
 * What waits to be written, bounded. Events of one span are folded into one write; when it is full, what tells least goes
 * first: chunks of model output, debug logs, metrics, other logs, spans that have not ended, and ended spans last.
 */
export class Buffer {
  readonly #limit: number;
  #items = new Map<string | symbol, Item>();
  /** When the oldest item came, in milliseconds since 1970. */
  since: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Takes an item and returns what had to go for it, the item itself included when it is the least. */
  add(item: Item): Item[] {
    this.since ??= Date.now();
    const key = keyOf(item);
    const known = typeof key === "string" ? this.#items.get(key) : undefined;
    const folded = known && fold(known, item);
    this.#items.set(known && !folded ? Symbol() : key, folded ?? item);
    const dropped: Item[] = [];
    while (this.#items.size > this.#limit) dropped.push(this.#dropLeast());
    return dropped;
  }

  /** Everything, in the order in which it came. */
  take(): Item[] {
    const items = [...this.#items.values()];
    this.#items = new Map();
    this.since = undefined;
    return items;
  }

  #dropLeast(): Item {
    let least: [string | symbol, Item] | undefined;
    for (const entry of this.#items) {
      if (!least || worthOf(entry[1]) < worthOf(least[1])) least = entry;
      if (worthOf(least[1]) === 0) break;
    }
    const [key, item] = least as [string | symbol, Item];
    this.#items.delete(key);
    return item;
  }
}

function worthOf(item: Item): number {
  if (item.kind === "metric") return 2;
  if (item.kind === "log") return item.record.level === "debug" ? 1 : 3;
  if (item.kind === "score" || item.kind === "feedback") return 6;
  const record = item.kind === "update" ? item.record.updates : item.record;
  if (record.spanType === "model_chunk") return 0;
  if (!record.endedAt) return 4;
  return record.error || (item.kind === "create" && !item.record.parentSpanId) ? 6 : 5;
}

const keyOf = (item: Item): string | symbol =>
  item.kind === "create" || item.kind === "update" ? `${item.record.traceId}/${item.record.spanId}` : Symbol();

/** Two writes of one span as one; `undefined` when they must stay two. */
function fold(known: Item, next: Item): Item | undefined {
  if (known.kind === "create" && next.kind === "create") {
    // A start that comes after the end says nothing new.
    const [first, last] = known.record.endedAt && !next.record.endedAt ? [next, known] : [known, next];
    return { kind: "create", record: merged(first.record, last.record) };
  }
  if (known.kind === "create" && next.kind === "update") {
    return { kind: "create", record: merged(known.record, next.record.updates as Partial<CreateSpanRecord>) };
  }
  if (known.kind === "update" && next.kind === "update") {
    const updates = merged(known.record.updates, next.record.updates as Partial<UpdateSpanRecord>);
    return { kind: "update", record: { ...next.record, updates } };
  }
  return undefined;
}

/** What the later one knows stands over what the earlier one knew; `null` and `undefined` know nothing. */
function merged<T extends object>(earlier: T, later: Partial<T>): T {
  const known = Object.entries(later).filter(([, value]) => value !== undefined && value !== null);
  return { ...earlier, ...Object.fromEntries(known) };
}
