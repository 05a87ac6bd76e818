import type { Clock } from "../../../engine/clock.ts";
import { SpanDraft } from "../spans/draft.ts";
import { asCreate, type GivenChange, type Incoming } from "../spans/incoming.ts";
import { isExpired } from "./parked.ts";
import { type KnownIndexRow, type Needs, type ParkedRecord, type Snapshot, spanKey } from "./snapshot.ts";

/** More parked records of one span than this are put together into one. */
const mostParkedRecords = 8;

/** One trace while a batch is computed: its spans as they will be, and what happens to parked updates. */
export class TraceDraft {
  readonly traceId: string;
  readonly index: KnownIndexRow | undefined;
  readonly spans = new Map<string, SpanDraft>();
  readonly parkedToRemove: ParkedRecord[] = [];
  readonly parkedToAdd: {
    readonly spanId: string;
    readonly arrival: number;
    readonly updates: readonly GivenChange[];
  }[] = [];
  private readonly waiting = new Map<string, GivenChange[]>();
  private readonly snapshot: Snapshot;
  private readonly needs: Needs;
  private readonly clock: Clock;
  private readonly now: number;

  constructor(traceId: string, snapshot: Snapshot, needs: Needs, clock: Clock, now: number) {
    this.traceId = traceId;
    this.snapshot = snapshot;
    this.needs = needs;
    this.clock = clock;
    this.now = now;
    this.index = snapshot.index.get(traceId);
  }

  /** How many parked records there will be, less those there are. */
  get parkedDelta(): number {
    return this.parkedToAdd.length - this.parkedToRemove.length;
  }

  add(item: Incoming): void {
    const draft = this.span(item.spanId);
    if (item.kind === "remove") {
      if (draft.stored?._rev === item.rev) draft.remove();
      return;
    }
    if (item.kind === "close") {
      if (draft.stored?._rev === item.rev) draft.update(item.change, this.now);
      return;
    }
    const create = item.kind === "create" ? item : draft.exists ? undefined : asCreate(item);
    if (create) {
      const isNew = !draft.exists;
      draft.create(create.row, this.now);
      if (isNew) this.applyParked(draft);
    } else if (item.kind === "update") {
      if (draft.exists) draft.update(item.change, this.now);
      else this.park(item.spanId, item.change);
    }
    if (draft.needsWholeRow) this.needs.spans.set(spanKey(this.traceId, item.spanId), [this.traceId, item.spanId]);
  }

  /** To be called once after the last item. */
  finish(): void {
    for (const [spanId, updates] of this.waiting) {
      const before = this.tooManyParked(spanId);
      this.parkedToRemove.push(...before);
      const earlier = before.filter((record) => !isExpired(record, this.now)).flatMap((record) => record.updates);
      const all = [...earlier, ...updates];
      this.parkedToAdd.push({ spanId, arrival: this.clock.sequence(), updates: all });
    }
  }

  private span(spanId: string): SpanDraft {
    let draft = this.spans.get(spanId);
    if (!draft) {
      draft = new SpanDraft(this.traceId, spanId, this.snapshot.spans.get(spanKey(this.traceId, spanId)));
      this.spans.set(spanId, draft);
    }
    return draft;
  }

  private park(spanId: string, change: GivenChange): void {
    const waiting = this.waiting.get(spanId);
    if (waiting) waiting.push(change);
    else this.waiting.set(spanId, [change]);
  }

  private applyParked(draft: SpanDraft): void {
    for (const record of this.parkedOf(draft.spanId)) {
      this.parkedToRemove.push(record);
      if (isExpired(record, this.now)) continue;
      for (const change of record.updates) draft.update(change, this.now);
    }
    for (const change of this.waiting.get(draft.spanId) ?? []) draft.update(change, this.now);
    this.waiting.delete(draft.spanId);
  }

  private parkedOf(spanId: string): readonly ParkedRecord[] {
    if (!this.index || this.index.row.parked === 0) return [];
    const records = this.snapshot.parked.get(this.traceId);
    if (!records) this.needs.parked.add(this.traceId);
    return records?.filter((record) => record.spanId === spanId) ?? [];
  }

  private tooManyParked(spanId: string): readonly ParkedRecord[] {
    if ((this.index?.row.parked ?? 0) < mostParkedRecords) return [];
    const records = this.parkedOf(spanId);
    return records.length < mostParkedRecords ? [] : records;
  }
}
