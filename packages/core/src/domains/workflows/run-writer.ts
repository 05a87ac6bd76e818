import { pause, turn } from "../../engine/call.ts";
import { remove } from "../../engine/operations.ts";
import { type ConflictError, type ErrorDetails, isConflict, isStorageError, StorageError } from "../../errors.ts";
import { fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletions } from "../shared/deletions.ts";
import type { RunImage } from "./image.ts";
import type { ImageCache } from "./image-cache.ts";
import { runId } from "./keys.ts";
import { writeLarge } from "./large-write.ts";
import { RunDraft } from "./run-draft.ts";
import { planRun } from "./run-plan.ts";
import type { RunReader } from "./run-reader.ts";
import { creating, finishRemoval, removeRun } from "./run-removal.ts";
import { steps } from "./tables.ts";
import type { WorkflowRunKey } from "./types.ts";

/** One caller's wish for a run. */
export interface RunChange<Result> {
  /**
   * Applies the change to the draft and answers from it. May run more than once, each time on a fresh draft. What it throws
   * concerns this caller alone.
   */
  apply(draft: RunDraft): Result;
  /** True when the change does not depend on what is stored, so that a new run need not be looked for first. */
  readonly isBlind?: boolean;
  /** Keys for the error that says that others kept changing the run. */
  readonly details?: ErrorDetails;
}

interface Call {
  /** Absent: the run is to be removed. */
  readonly change: RunChange<unknown> | undefined;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

const attempts = 20;

/**
 * Changes runs. The calls of this process on one run are folded: what arrives while a write is under way is applied together
 * and written as one batch. Every batch expects the header's revision, so another process can only come before or after it.
 */
export class RunWriter {
  readonly #context: DomainContext;
  readonly #cache: ImageCache;
  readonly #reader: RunReader;
  readonly #queues = new Map<string, Call[]>();

  constructor(context: DomainContext, cache: ImageCache, reader: RunReader) {
    this.#context = context;
    this.#cache = cache;
    this.#reader = reader;
  }

  /** Changes a run; resolves with what the change answered once it is durable. */
  change<Result>(key: WorkflowRunKey, change: RunChange<Result>): Promise<Result> {
    return this.#enqueue(key, change) as Promise<Result>;
  }

  /** Removes a run with all its rows, after the calls that came before. */
  async remove(key: WorkflowRunKey): Promise<void> {
    await this.#enqueue(key, undefined);
  }

  #enqueue(key: WorkflowRunKey, change: Call["change"]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = runId(key);
      const call: Call = { change, resolve, reject };
      const queue = this.#queues.get(id);
      if (queue) queue.push(call);
      else {
        const started = [call];
        this.#queues.set(id, started);
        // Waiting for the end of the tick folds the calls that are made in it.
        queueMicrotask(() => this.#work(key, id, started));
      }
    });
  }

  async #work(key: WorkflowRunKey, id: string, queue: Call[]): Promise<void> {
    while (queue.length > 0) {
      const removal = queue.findIndex(({ change }) => !change);
      const calls = queue.splice(0, removal < 0 ? queue.length : Math.max(removal, 1));
      try {
        if (removal === 0) await this.#remove(key, id, calls);
        else await this.#apply(key, id, calls, queue);
      } catch (error) {
        this.#cache.drop(id);
        for (const { change, reject } of calls) reject(named(error, key, change?.details));
      }
    }
    this.#queues.delete(id);
  }

  async #remove(key: WorkflowRunKey, id: string, calls: Call[]): Promise<void> {
    await this.#retry(key, () => removeRun(this.#context, key));
    this.#cache.drop(id);
    for (const { resolve } of calls) resolve(undefined);
  }

  async #apply(key: WorkflowRunKey, id: string, calls: Call[], queue: Call[]): Promise<void> {
    await this.#retry(key, async (tries) => {
      for (let mustRead = tries > 0; ; ) {
        const { base, isSure } = await this.#baseOf(key, id, calls, mustRead);
        const draft = new RunDraft(key, base);
        const answers = calls.map((call) => applied(call, draft));
        if (!draft.isChanged && !isSure) {
          // A write would have shown whether what is known here is out of date; this answer has to be looked up.
          mustRead = true;
        } else if (!draft.isChanged || (await this.#write(draft, id, calls.length === 1))) {
          for (const answer of answers) answer();
          return;
        } else {
          // Together they are too large for one batch: the later half waits.
          queue.unshift(...calls.splice(Math.ceil(calls.length / 2)));
        }
      }
    });
  }

  /** The run to apply calls to: what this process knows of it, unless it has to be read. */
  async #baseOf(key: WorkflowRunKey, id: string, [first]: readonly Call[], mustRead: boolean) {
    const known = mustRead ? undefined : this.#cache.get(id);
    const isNew = !mustRead && first?.change?.isBlind;
    if (known || isNew) return { base: known, isSure: false };
    return { base: await this.#reader.load(key), isSure: true };
  }

  /** Writes a draft as one batch; `false` when it is too large for that and not alone. */
  async #write(draft: RunDraft, id: string, isAlone: boolean): Promise<boolean> {
    const { engine, clock } = this.#context;
    const { base, key } = draft;
    const version = Math.max(clock.sequence(), (base?.layout.latest ?? 0) + 1);
    const plan = planRun(draft, version, { isAtomic: engine.capabilities.atomicity !== "process" });
    const ops = base ? [...plan.rows, plan.header] : [creating(key), ...plan.rows, plan.header];
    let image: RunImage;
    if (fitsAtomically(ops, engine.capabilities)) {
      const results = await engine.write(ops);
      image = plan.image(results.at(-1)?.rev as number);
    } else if (isAlone) image = await writeLarge(this.#context, draft, version);
    else return false;
    this.#cache.put(id, image);
    const strays = base?.strays ?? [];
    if (strays.length > 0)
      await engine.write(
        strays.map((stray) => remove(steps, stray)),
        { atomic: false },
      );
    return true;
  }

  async #retry(key: WorkflowRunKey, attempt: (tries: number) => Promise<unknown>): Promise<void> {
    for (let tries = 0; ; tries++) {
      const start = performance.now();
      try {
        await attempt(tries);
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        if (tries + 1 >= attempts) throw exhausted(error);
        if (error.refusal.table === deletions.name) await finishRemoval(this.#context, key);
        // The first refusal says only that what was known here is out of date.
        else if (tries > 0) await pause(turn(tries, performance.now() - start));
      }
    }
  }
}

/** Applies one call; what it answers is held back until the write is durable. */
function applied({ change, resolve, reject }: Call, draft: RunDraft): () => void {
  try {
    const result = change?.apply(draft);
    return () => resolve(result);
  } catch (error) {
    return () => reject(error);
  }
}

const exhausted = (cause: ConflictError): StorageError =>
  new StorageError("the run kept changing under the write", {
    code: "conflict",
    status: "CONFLICT",
    retry: "exhausted",
    cause,
  });

/** The error for one caller: several may have waited for the same write, and each is told about its own keys. */
function named(error: unknown, { workflowName, runId }: WorkflowRunKey, details: ErrorDetails = {}): unknown {
  if (!isStorageError(error)) return error;
  const { message, code, category, domain, retry, cause, statusWord: status } = error;
  return new StorageError(message, {
    code,
    category,
    domain,
    retry,
    status,
    details: { ...error.details, workflowName, runId, ...details },
    cause,
  });
}
