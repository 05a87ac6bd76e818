import { isStorageError } from "../errors.ts";
import { copyError } from "../layers/copy-error.ts";

/**
 * Initialisation of one store: any number of callers share one run, success is remembered, and a failure is forgotten so
 * that the next call tries again.
 */
export class Readiness {
  private running: Promise<void> | undefined;
  private isReady: boolean;
  private readonly run: () => Promise<void>;
  private readonly isLazy: () => boolean;
  private readonly repeats: () => boolean;

  /**
   * @param run does the work; must be repeatable.
   * @param isLazy whether a first use may start it.
   * @param repeats whether a deliberate call runs it again after success.
   */
  constructor(run: () => Promise<void>, isLazy: () => boolean, repeats: () => boolean = () => false, isReady = false) {
    this.run = run;
    this.isLazy = isLazy;
    this.repeats = repeats;
    this.isReady = isReady;
  }

  /** What a first use awaits; `undefined` when there is nothing to wait for. */
  lazily(): Promise<void> | undefined {
    return this.isReady || !this.isLazy() ? undefined : this.start();
  }

  /** A deliberate initialisation. */
  async deliberately(): Promise<void> {
    if (!this.isReady || this.repeats()) await this.start();
  }

  /** Resolves when a run under way has ended, whatever its outcome. */
  async settled(): Promise<void> {
    await this.running?.catch(() => {});
  }

  private async start(): Promise<void> {
    this.running ??= this.attempt();
    try {
      await this.running;
    } catch (error) {
      // Callers share the run; each of them writes into its error what it was for.
      throw isStorageError(error) ? copyError(error) : error;
    }
  }

  private async attempt(): Promise<void> {
    try {
      await this.run();
      this.isReady = true;
    } finally {
      this.running = undefined;
    }
  }
}

/** Whether the environment switches automatic initialisation off for every store of the process. */
export function isInitDisabledByEnvironment(): boolean {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.MASTRA_DISABLE_STORAGE_INIT === "true";
}
