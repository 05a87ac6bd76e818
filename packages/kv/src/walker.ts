import { compareText, type Direction, type Filter, type StoredRecord } from "@stowage/core/engine";
import type { Index, Layout } from "./layout.ts";
import { beyond } from "./places.ts";
import type { KvAnswer, KvRequest, Span, WalkAnswer } from "./port.ts";
import type { Reading } from "./reading.ts";

/** How a walk ended: by itself, because its visitor had enough, or because it had better go on in another call. */
export type WalkEnd = "exhausted" | "enough" | "budget";

export interface WalkPlan {
  readonly layout: Layout;
  readonly index: Index;
  readonly spans: readonly Span[];
  readonly direction: Direction;
  /** Columns the visitor needs; those of the order come with them. */
  readonly columns: readonly string[];
  /** What the visitor lets pass at most. */
  readonly filter?: Filter | undefined;
  /** Entries to pass over unseen; for a single span. */
  readonly skip?: number;
  /** Rows to ask for in the first round. Each round asks for twice as many as the one before. */
  readonly first: number;
  /** Most rows to ask for in a round. */
  readonly most: number;
  /** Asked after each round: whether the walk may end here, with `moved` when rows may have moved since the round before. */
  readonly stop?: (scanned: number, moved: boolean) => boolean;
  /** Sees rows in path order, and ends the walk by returning `false`. */
  readonly visit: (row: StoredRecord) => boolean;
  /** `last` is the last row that was visited. */
  readonly finish: (end: WalkEnd, last: StoredRecord | undefined) => unknown;
}

/** One span of a walk, with the rows that were read and not yet seen. */
interface Branch {
  readonly span: Span;
  rows: readonly StoredRecord[];
  at: number;
  open: boolean;
  place: string;
  token: string | undefined;
}

/** A walk round by round, with the spans of several equality values merged into one order. */
export class Walker implements Reading {
  private readonly plan: WalkPlan;
  private readonly columns: readonly string[];
  private readonly branches: Branch[];
  private asked: readonly Branch[] = [];
  private skip: number;
  private round: number;
  private scanned = 0;
  private isUnderWay = false;
  private mark: string | undefined;
  private last: StoredRecord | undefined;
  private value: { readonly result: unknown } | undefined;

  constructor(plan: WalkPlan) {
    this.plan = plan;
    this.columns = [...new Set([...plan.columns, ...plan.index.order])];
    this.branches = plan.spans.map((span) => ({ span, rows: [], at: 0, open: true, place: "", token: undefined }));
    this.skip = plan.skip ?? 0;
    // Each of many spans has a share in a page, and a row more for the luck of the draw.
    this.round = Math.min(plan.most, Math.ceil((plan.first / Math.max(1, this.branches.length)) * 2));
    if (this.branches.length <= 1) this.round = Math.min(plan.most, plan.first);
    if (this.branches.length === 0) this.end("exhausted");
  }

  requests(): readonly KvRequest[] {
    if (this.value) return [];
    const { layout, direction, filter } = this.plan;
    this.asked = this.branches.filter((branch) => branch.open && branch.at >= branch.rows.length);
    return this.asked.map(({ span, token }) => ({
      kind: "walk",
      layout,
      span,
      direction,
      skip: this.skip,
      limit: this.round,
      columns: this.columns,
      ...(filter && { filter }),
      ...(token !== undefined && { token }),
    }));
  }

  accept(answers: readonly KvAnswer[]): void {
    const rounds = answers as readonly WalkAnswer[];
    const isSame = rounds.every(({ mark }) => mark !== undefined && mark === (this.mark ?? mark));
    if (!isSame && this.isUnderWay && this.plan.stop?.(this.scanned, true)) this.end("budget");
    else this.go(rounds);
  }

  result(): unknown {
    return this.value?.result;
  }

  private go(rounds: readonly WalkAnswer[]): void {
    this.isUnderWay = true;
    this.mark = rounds[0]?.mark;
    for (const [index, answer] of rounds.entries()) this.refill(this.asked[index] as Branch, answer);
    this.skip = 0;
    this.round = Math.min(this.plan.most, this.round * 2);
    if (!this.look()) this.end("enough");
    else if (this.branches.every(({ open, rows, at }) => !open && at >= rows.length)) this.end("exhausted");
    else if (this.plan.stop?.(this.scanned, false)) this.end("budget");
  }

  private refill(branch: Branch, { rows, looked = rows.length, through, token }: WalkAnswer): void {
    branch.rows = rows;
    branch.at = 0;
    branch.open = through !== undefined;
    branch.token = token;
    this.scanned += looked;
    if (through === undefined) return;
    const place = this.plan.direction === "asc" ? { from: beyond(through) } : { to: through };
    Object.assign(branch, { span: { ...branch.span, ...place } });
  }

  /** Shows rows to the visitor as long as every span that goes on has one to compare; `false` when he had enough. */
  private look(): boolean {
    for (;;) {
      const branch = this.next();
      if (!branch) return true;
      const row = branch.rows[branch.at] as StoredRecord;
      if (!this.plan.visit(row)) return false;
      this.last = row;
      branch.at++;
      branch.place = "";
    }
  }

  private next(): Branch | undefined {
    let best: Branch | undefined;
    for (const branch of this.branches) {
      if (branch.at >= branch.rows.length) {
        if (branch.open) return undefined;
        continue;
      }
      if (this.branches.length === 1) return branch;
      if (branch.place === "") branch.place = this.placeOf(branch.rows[branch.at] as StoredRecord);
      const sign = this.plan.direction === "asc" ? 1 : -1;
      if (!best || sign * compareText(branch.place, best.place) < 0) best = branch;
    }
    return best;
  }

  private placeOf(row: StoredRecord): string {
    return this.plan.layout.place(this.plan.index, row);
  }

  private end(end: WalkEnd): void {
    this.value = { result: this.plan.finish(end, this.last) };
  }
}
