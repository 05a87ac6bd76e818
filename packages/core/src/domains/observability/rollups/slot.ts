import type { StoredRow } from "../../../engine/table.ts";
import type { traceIndex } from "../tables.ts";
import { longValues } from "../traces/index-text.ts";
import { Sketch, type SketchCounts } from "./sketch.ts";
import { addCost, emptyCalls, type TraceNumbers } from "./trace.ts";
import type { CallRollup } from "./types.ts";

/** Columns of an index row that say where the numbers of its trace go. */
export const slotColumns = [
  "traceId",
  "startedAt",
  "endedAt",
  "status",
  "organizationId",
  "environment",
  "entityType",
  "entityName",
  "long",
] as const;
export type SlotTrace = Pick<StoredRow<typeof traceIndex>, (typeof slotColumns)[number]>;

interface StoredModel extends CallRollup {
  readonly provider: string | null;
  readonly model: string | null;
  readonly durations: SketchCounts;
}

/** The numbers of the traces of one slot that have the same organization, environment and entity. */
export interface StoredGroup {
  readonly organizationId: string | null;
  readonly environment: string | null;
  readonly entityType: string | null;
  readonly entityName: string | null;
  readonly traces: number;
  readonly traceErrors: number;
  readonly spans: number;
  readonly durations: SketchCounts;
  readonly models: readonly StoredModel[];
}

/** Counts traces of a slot, in the order of the walk. */
export class SlotTally {
  private readonly groups = new Map<string, GroupTally>();

  add(trace: SlotTrace, numbers: TraceNumbers): void {
    const { organizationId, environment, entityType, entityName } = { ...trace, ...longValues(trace) };
    const place = { organizationId, environment, entityType, entityName };
    const key = JSON.stringify(Object.values(place));
    const group = this.groups.get(key) ?? new GroupTally(place);
    this.groups.set(key, group);
    group.add(trace, numbers);
  }

  /** In the order of their keys, so that equal spans give equal texts. */
  result(): StoredGroup[] {
    return [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group.result());
  }
}

type Place = Pick<StoredGroup, "organizationId" | "environment" | "entityType" | "entityName">;

class GroupTally {
  private readonly place: Place;
  private traces = 0;
  private traceErrors = 0;
  private spans = 0;
  private readonly durations = new Sketch();
  private readonly models = new Map<string, CallTally>();

  constructor(place: Place) {
    this.place = place;
  }

  add({ startedAt, endedAt, status }: SlotTrace, { spans, models }: TraceNumbers): void {
    this.traces++;
    this.spans += spans;
    if (status === "error") this.traceErrors++;
    if (endedAt !== null) this.durations.add(Math.max(0, endedAt - (startedAt as number)));
    for (const { provider, model, durations, ...calls } of models) {
      const key = JSON.stringify([provider, model]);
      const tally = this.models.get(key) ?? new CallTally();
      this.models.set(key, tally);
      tally.add(calls, durations.toCounts());
    }
  }

  result(): StoredGroup {
    const models = [...this.models].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...this.place,
      traces: this.traces,
      traceErrors: this.traceErrors,
      spans: this.spans,
      durations: this.durations.toCounts(),
      models: models.map(([key, { sums, durations }]) => {
        const [provider, model] = JSON.parse(key) as [string | null, string | null];
        return { provider, model, ...sums, durations: durations.toCounts() };
      }),
    };
  }
}

/** Sums of calls. */
export class CallTally {
  readonly sums = emptyCalls();
  readonly durations = new Sketch();

  add({ costs, ...counts }: CallRollup, durations: SketchCounts): void {
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
      if (name in this.sums) this.sums[name] += counts[name];
    }
    for (const unit of Object.keys(costs).sort()) addCost(this.sums.costs, unit, costs[unit] ?? 0);
    this.durations.addAll(durations);
  }
}
