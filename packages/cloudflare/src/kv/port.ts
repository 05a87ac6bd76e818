import {
  type CallOptions,
  type Clock,
  checkCall,
  compareText,
  jitter,
  pause,
  StorageError,
  type StoredRecord,
} from "@stowage/core/engine";
import {
  type ChangeSet,
  type CountRequest,
  type Entries,
  type EntriesRequest,
  type Layout,
  type LookedUp,
  type LookUp,
  packRow,
  type RecordPort,
  type Span,
  type TableRequest,
  unpackRow,
} from "@stowage/kv";
import { namespaceCapabilities } from "./capabilities.ts";
import { isTooOften, translate } from "./errors.ts";
import { type EntryMetadata, goesByKey, Keys } from "./keys.ts";
import { type Change, listAtOnce, type Namespace } from "./namespace.ts";
import type { OperationLimit } from "./operation-limit.ts";

/** How often changes that fail are sent. */
const tries = 6;

export interface KVPortOptions {
  /** The namespace of a table. */
  readonly namespaceOf: (table: string) => Namespace;
  readonly prefix: string;
  readonly limit: OperationLimit;
  readonly clock?: Pick<Clock, "sequence">;
}

/** Records, index entries and claims as keys of Workers KV. A record is one value: its revision, `=`, and its columns. */
export class KVRecordPort implements RecordPort {
  readonly name = "workers-kv";
  readonly capabilities = namespaceCapabilities;
  readonly maxPartBytes = 128;
  readonly clock?: Pick<Clock, "sequence">;
  readonly translate = translate;
  private readonly namespaceOf: (table: string) => Namespace;
  private readonly keys: Keys;
  private readonly limit: OperationLimit;

  constructor({ namespaceOf, prefix, limit, clock }: KVPortOptions) {
    this.namespaceOf = namespaceOf;
    this.limit = limit;
    this.keys = new Keys(prefix);
    if (clock) this.clock = clock;
  }

  async lookUp({ records, claims }: LookUp, options: CallOptions): Promise<LookedUp> {
    const wanted = [
      ...records.map(({ layout, id }) => ({ layout, key: this.keys.record(layout, id) })),
      ...claims.map(({ layout, unique, value }) => ({ layout, key: this.keys.claim(layout, unique, value) })),
    ];
    const groups = new Map<Namespace, Set<string>>();
    for (const { layout, key } of wanted) {
      const namespace = this.namespaceOf(layout.table.name);
      groups.set(namespace, (groups.get(namespace) ?? new Set()).add(key));
    }
    const values = new Map<string, string | undefined>();
    checkCall(options);
    await Promise.all(
      [...groups].map(async ([namespace, keys]) => {
        const list = [...keys];
        const found = await namespace.get(list, this.limit);
        for (const [index, key] of list.entries()) values.set(key, found[index]);
      }),
    );
    const found = wanted.map(({ key }) => values.get(key));
    return {
      records: records.map(({ layout }, index) => readRecord(layout, found[index])),
      owners: found.slice(records.length),
    };
  }

  entries(requests: readonly EntriesRequest[], options: CallOptions): Promise<readonly Entries[]> {
    return Promise.all(requests.map((request) => this.page(request, options)));
  }

  async count(requests: readonly CountRequest[], options: CallOptions): Promise<readonly number[]> {
    const together = await this.countTogether(requests, options);
    return together ?? Promise.all(requests.map((request) => this.countAlone(request, options)));
  }

  /** Groups of one index, from one list of all its groups; `undefined` when that is longer than one list. */
  private async countTogether(requests: readonly CountRequest[], options: CallOptions): Promise<number[] | undefined> {
    const [first, ...others] = requests;
    const isOfOne = ({ layout, span }: CountRequest) =>
      layout.table.name === first?.layout.table.name && span.index.name === first.span.index.name;
    if (!first || others.length === 0 || !others.every(isOfOne)) return undefined;
    checkCall(options);
    const prefix = this.keys.index(first.layout, first.span.index);
    const { keys, cursor } = await this.namespaceOf(first.layout.table.name).list(
      { prefix, limit: listAtOnce },
      this.limit,
    );
    if (cursor !== undefined) return undefined;
    return requests.map(({ layout, span }) => {
      const own = this.keys.span(layout, span, "asc");
      const entries = keys.filter(({ name }) => name.startsWith(own));
      return entries.filter(({ name, metadata }) => this.sideOf(layout, span, name, metadata) === "in").length;
    });
  }

  private async countAlone({ layout, span }: CountRequest, options: CallOptions): Promise<number> {
    let count = 0;
    for await (const { keys } of this.lists(layout, this.keys.span(layout, span, "asc"), listAtOnce, options)) {
      for (const { name, metadata } of keys) {
        const side = this.sideOf(layout, span, name, metadata);
        if (side === "in") count++;
        if (side === "behind") return count;
      }
    }
    return count;
  }

  /** Where a listed key lies, as seen from a span. */
  private sideOf(layout: Layout, span: Span, name: string, metadata: unknown) {
    return sideOf(span, this.keys.place(layout, span, "asc", name, metadata as EntryMetadata | undefined), "asc");
  }

  async ids({ layout, limit, after }: TableRequest, options: CallOptions): Promise<{ ids: string[]; next?: string }> {
    checkCall(options);
    const prefix = this.keys.records(layout);
    const { keys, cursor } = await this.namespaceOf(layout.table.name).list(
      { prefix, limit: Math.min(limit, listAtOnce), ...(after !== undefined && { cursor: after }) },
      this.limit,
    );
    const ids = keys.map(({ name, metadata }) => this.keys.id(layout, name, metadata as EntryMetadata | undefined));
    return { ids, ...(cursor !== undefined && { next: cursor }) };
  }

  /**
   * New entries and claims first, then the records, then the entries that nothing stands behind any more: a reader between
   * two requests finds every record that stays, and leaves out entries without one.
   */
  async apply(changes: ChangeSet, options: CallOptions): Promise<void> {
    checkCall(options);
    const steps = this.steps(changes);
    this.limit.take(steps.flat().length);
    for (const step of steps) await this.write(step);
  }

  /** Bindings are the caller's, and the REST interface holds nothing open. */
  async close(): Promise<void> {}

  private steps({ changes, claims }: ChangeSet): (readonly [layout: Layout, change: Change])[][] {
    const first: (readonly [Layout, Change])[] = [];
    const records: (readonly [Layout, Change])[] = [];
    const last: (readonly [Layout, Change])[] = [];
    for (const { layout, id, before, after, put, remove } of changes) {
      for (const entry of put) {
        for (const { key, metadata } of this.keys.entry(layout, entry, id))
          first.push([layout, { key, value: "", metadata }]);
      }
      const key = this.keys.record(layout, id);
      const isCut = key !== this.keys.records(layout) + id;
      if (!after) records.push([layout, { key }]);
      else if (after !== before) {
        const value = `${after._rev}${packRow(layout, after)}`;
        records.push([layout, { key, value, ...(isCut && { metadata: { id } }) }]);
      }
      for (const entry of remove)
        for (const gone of this.keys.entry(layout, entry, id)) last.push([layout, { key: gone.key }]);
    }
    for (const { layout, unique, value, after } of claims) {
      const key = this.keys.claim(layout, unique, value);
      if (after === undefined) last.push([layout, { key }]);
      else first.push([layout, { key, value: after }]);
    }
    // A key that comes again must not go.
    const put = new Set(first.map(([, { key }]) => key));
    return [first, records, last.filter(([, { key }]) => !put.has(key))];
  }

  private async write(step: readonly (readonly [Layout, Change])[]): Promise<void> {
    const groups = new Map<Namespace, Change[]>();
    for (const [layout, change] of step) {
      const namespace = this.namespaceOf(layout.table.name);
      const known = groups.get(namespace);
      if (known) known.push(change);
      else groups.set(namespace, [change]);
    }
    try {
      await Promise.all([...groups].map(([namespace, changes]) => writeAgain(namespace, changes, this.limit)));
    } catch (error) {
      const failure = translate(error);
      if (failure.retry !== "temporary" || isTooOften(error)) throw failure;
      throw new StorageError("KV failed in the middle of a write; some of it may have been done", {
        code: "unknown_outcome",
        cause: error,
      });
    }
  }

  private async page(request: EntriesRequest, options: CallOptions): Promise<Entries> {
    const { layout, span, direction, limit } = request;
    const isByKey = goesByKey(layout, span.index);
    if (isByKey && direction === "desc") return this.backwards(request, options);
    const known = request.token === undefined ? undefined : (JSON.parse(request.token) as Token);
    const prefix = known?.prefix ?? this.keys.span(layout, span, direction);
    const entries: { place: string; id: string }[] = [];
    let toSkip = request.skip;
    // KV lists a prefix from its beginning: what lies before the span comes too, in as few lists as it can.
    const beginsInside = known === undefined && (direction === "asc" ? span.from : span.to) !== undefined;
    const wanted = beginsInside ? listAtOnce : Math.min(listAtOnce, limit + toSkip);
    for await (const { keys, cursor } of this.lists(layout, prefix, wanted, options, known?.cursor)) {
      for (const [index, { name, metadata }] of keys.entries()) {
        const place = this.keys.place(layout, span, direction, name, metadata as EntryMetadata | undefined);
        const id = isByKey ? place : (metadata as EntryMetadata).id;
        const side = sideOf(span, place, direction);
        if (side === "behind") return { entries, more: false };
        if (side === "before") continue;
        if (toSkip > 0) {
          toSkip--;
          continue;
        }
        entries.push({ place, id });
        if (entries.length < limit) continue;
        const isWhole = index === keys.length - 1;
        if (isWhole && cursor === undefined) return { entries, more: false };
        // KV goes on from the end of a list only.
        return { entries, more: true, ...(isWhole && { token: JSON.stringify({ prefix, cursor } as Token) }) };
      }
    }
    return { entries, more: false };
  }

  /** Records against the order of their keys: KV lists all of the span forwards. */
  private async backwards({ layout, span, skip, limit }: EntriesRequest, options: CallOptions): Promise<Entries> {
    const entries: { place: string; id: string }[] = [];
    for await (const { keys } of this.lists(layout, this.keys.span(layout, span, "asc"), listAtOnce, options)) {
      for (const { name, metadata } of keys) {
        const id = this.keys.id(layout, name, metadata as EntryMetadata | undefined);
        if (sideOf(span, id, "asc") === "in") entries.push({ place: id, id });
      }
    }
    const page = entries.reverse().slice(skip, skip + limit);
    return { entries: page, more: skip + limit < entries.length };
  }

  private async *lists(layout: Layout, prefix: string, limit: number, options: CallOptions, from?: string) {
    let cursor = from;
    do {
      checkCall(options);
      const page = await this.namespaceOf(layout.table.name).list(
        { prefix, limit, ...(cursor !== undefined && { cursor }) },
        this.limit,
      );
      yield page;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
}

/** Changes may be made twice, so those that failed for a while are made again. */
async function writeAgain(namespace: Namespace, changes: readonly Change[], limit: OperationLimit): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await namespace.write(changes, limit);
    } catch (error) {
      // Those who are too many are told so, and come again by themselves.
      if (translate(error).retry !== "temporary" || isTooOften(error) || attempt === tries) throw error;
      await pause(jitter(attempt));
      limit.note(changes.length);
    }
  }
}

interface Token {
  readonly prefix: string;
  readonly cursor: string;
}

function readRecord(layout: Layout, value: string | undefined): StoredRecord | undefined {
  if (value === undefined) return undefined;
  const at = value.indexOf("=");
  return unpackRow(layout, value.slice(at), Number(value.slice(0, at)));
}

/** Where a place lies, as seen from a walk over a span. */
function sideOf({ from, to }: Span, place: string, direction: "asc" | "desc"): "before" | "in" | "behind" {
  if (from !== undefined && compareText(place, from) < 0) return direction === "asc" ? "before" : "behind";
  if (to !== undefined && compareText(place, to) >= 0) return direction === "asc" ? "behind" : "before";
  return "in";
}
