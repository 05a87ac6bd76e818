import {
  type CallOptions,
  type Capabilities,
  type Clock,
  ConflictError,
  checkCall,
  describeKey,
  isStorageError,
  jitter,
  keyOfOp,
  pause,
  type Refusal,
  systemClock,
  type WriteResult,
  within,
} from "@stowage/core/engine";
import { type KvAnswer, type KvPort, type KvRequest, type KvWrite, type Layout, LayoutChanged } from "@stowage/kv";
import { capabilities } from "./capabilities.ts";
import { type ConvexConnection, connect } from "./connection.ts";
import { classify, translate, unknownOutcome } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";
import { isPending, type Pending, pendingOf } from "./reading.ts";
import { Slots } from "./slots.ts";
import { type WriteAnswer, type WriteCall, wireOp, wireTable } from "./wire.ts";

/** How often a batch whose answer was lost is sent again. */
const resends = 5;

type Done = WriteAnswer & { readonly kind: "done" };
type Refused = WriteAnswer & { readonly kind: "refused" };

/** Convex as `KvEngine` uses it: a query for a round of reads, a mutation for a batch. */
export class ConvexPort implements KvPort {
  readonly name = "convex";
  readonly capabilities: Capabilities = capabilities;
  readonly maxPartBytes = capabilities.maxKeyBytes;
  readonly onDemand = true;
  private readonly connection: ConvexConnection;
  private readonly prefix: string;
  private readonly slots = new Slots();
  private readonly clock: Clock = systemClock();

  constructor(options: ResolvedOptions) {
    this.connection = connect(options);
    this.prefix = options.prefix;
  }

  translate(error: unknown): unknown {
    return translate(error);
  }

  async read(requests: readonly KvRequest[], options: CallOptions): Promise<readonly KvAnswer[]> {
    const steps: (Pending | KvAnswer)[] = requests.map((request) => pendingOf(request, this.prefix));
    for (;;) {
      const open = steps.flatMap((step, at) => (isPending(step) ? [{ step, at }] : []));
      if (open.length === 0) return steps as KvAnswer[];
      checkCall(options);
      const asked = this.connection.read({ requests: open.map(({ step }) => step.request) });
      const answers = await within(asked, options, (ended) => ended);
      for (const [index, { step, at }] of open.entries()) steps[at] = step.accept(answers[index] as never);
    }
  }

  async write(batch: readonly KvWrite[], options: CallOptions): Promise<WriteResult[]> {
    const slot = this.slots.take();
    const id = globalThis.crypto.randomUUID();
    const { tables, ops } = wireBatch(batch);
    const call = this.call(tables, { kind: "batch", ops, slot, id });
    const { answer, error, wasLost } = await this.send(call, options);
    // A sending whose answer was lost may arrive late, and must find its own answer there.
    if (!wasLost) this.slots.give(slot);
    if (!answer) throw error;
    const done = this.accept(answer, (refused) => refusalOf(refused, batch));
    await this.clear(done);
    return done.results.map(([outcome, rev]) => ({ outcome, rev }));
  }

  async bulk(batch: readonly KvWrite[], options: CallOptions): Promise<void> {
    const refuse = (answer: Refused) => refusalOf(answer, batch);
    await this.inPieces(batch, options, refuse, (part) => {
      const { tables, ops } = wireBatch(part);
      return this.call(tables, { kind: "bulk", ops });
    });
  }

  async reindex(layout: Layout, ids: readonly string[], options: CallOptions): Promise<void> {
    const refuse = ({ index, key, reason, unique }: Refused) =>
      conflict({ index, key, reason, unique: declaredOf(layout, unique), table: layout.table.name });
    await this.inPieces(ids, options, refuse, (part) => this.call([layout], { kind: "index", ids: part }));
  }

  async close(): Promise<void> {}

  /** What may be done in pieces is halved where a mutation cannot read all that there is. */
  private async inPieces<Item>(
    items: readonly Item[],
    options: CallOptions,
    refuse: (answer: Refused) => ConflictError,
    callOf: (part: readonly Item[]) => WriteCall,
  ): Promise<void> {
    checkCall(options);
    try {
      const answer = await within(this.connection.write(callOf(items)), options, (ended) => ended);
      await this.clear(this.accept(answer, refuse));
    } catch (error) {
      if (isStorageError(error) || items.length < 2 || classify(error).code !== "too_large") throw error;
      const middle = items.length >> 1;
      await this.inPieces(items.slice(0, middle), options, refuse, callOf);
      await this.inPieces(items.slice(middle), options, refuse, callOf);
    }
  }

  private call(layouts: readonly Layout[], work: WriteCall["work"]): WriteCall {
    const { prefix, maxPartBytes } = this;
    return { prefix, maxPartBytes, at: this.clock.sequence(), tables: layouts.map(wireTable), work };
  }

  /**
   * Sends a batch, and once more when its answer was lost: the function knows a batch that it has applied, and repeats its
   * answer. Once an answer was lost, no refusal of a later sending says what became of the first.
   */
  private async send(
    call: WriteCall,
    options: CallOptions,
  ): Promise<{ answer?: WriteAnswer; error?: unknown; wasLost: boolean }> {
    let wasLost = false;
    for (let attempt = 1; ; attempt++) {
      try {
        checkCall(options);
        return { answer: await within(this.connection.write(call), options, unknownOutcome), wasLost };
      } catch (error) {
        wasLost ||= isStorageError(error) ? error.code === "unknown_outcome" : classify(error).fate === "unknown";
        if (!wasLost) return { error, wasLost };
        if (isStorageError(error) || attempt > resends) return { error: unknownOutcome(error), wasLost };
        await pause(jitter(attempt, 25, 1_000));
      }
    }
  }

  /** @throws ConflictError for a batch that was refused, LayoutChanged where a layout is out of date. */
  private accept(answer: WriteAnswer, refuse: (answer: Refused) => ConflictError): Done {
    if (answer.kind === "layout") throw new LayoutChanged();
    if (answer.kind === "refused") throw refuse(answer);
    // The clock goes on from revisions that others may have left ahead of it.
    this.clock.sequence(answer.results.reduce((most, [, rev]) => Math.max(most, rev), 0));
    return answer;
  }

  /** The write is done already: what fails here is left to a later one. */
  private async clear({ left = false }: Done): Promise<void> {
    for (let goesOn = left; goesOn; ) {
      const answer = await this.connection.write(this.call([], { kind: "clear" })).catch(() => undefined);
      goesOn = answer?.kind === "done" && answer.left === true;
    }
  }
}

function wireBatch(batch: readonly KvWrite[]) {
  const tables = [...new Set(batch.map(({ layout }) => layout))];
  return { tables, ops: batch.map((write) => wireOp(write, tables.indexOf(write.layout))) };
}

function refusalOf({ index, reason, unique }: Refused, batch: readonly KvWrite[]): ConflictError {
  const { op, layout } = batch[index] as KvWrite;
  const key = describeKey(keyOfOp(op));
  return conflict({ index, key, reason, unique: declaredOf(layout, unique), table: op.table.name });
}

/** The functions know unique keys by their columns. */
const declaredOf = ({ unique }: Layout, name: string | undefined): string | undefined =>
  unique.find((candidate) => candidate.name === name)?.declared ?? name;

const conflict = ({
  reason,
  unique,
  ...refusal
}: Omit<Refused, "kind"> & { unique: string | undefined; table: string }) =>
  new ConflictError({ ...refusal, reason: reason as Refusal["reason"], ...(unique !== undefined && { unique }) });
