export interface GatheringOptions<Call> {
  /** Calls back when everything has been asked for that is asked for at this moment. */
  readonly soon: (flush: () => void) => void;
  /** Does what some calls want, and tells each of them what became of it. Never rejects. */
  readonly run: (calls: readonly Call[]) => Promise<unknown>;
}

/** How many runs are under way before calls wait: enough to keep a server and this process busy at once. */
const lanes = 3;
/** Calls wait no longer than so many milliseconds; what is under way may be waiting for a lock. */
const patience = 3;
/** Most calls of a run: the first ones wait for the last. */
const mostTogether = 16;

/**
 * Gathers calls for a database at the other end of a wire. While little is under way each call goes out at once and by itself.
 * Those that come while several runs are under way wait a little, and what has come by then goes out together: that is fewer
 * round trips and commits, and fewer connections that get in each other's way.
 */
export class Gathering<Call> {
  private readonly options: GatheringOptions<Call>;
  private waiting: Call[] = [];
  private underWay = 0;
  private isAnnounced = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private onEnd: (() => void)[] = [];

  constructor(options: GatheringOptions<Call>) {
    this.options = options;
  }

  add(call: Call): void {
    this.waiting.push(call);
    this.announce();
  }

  /** Resolves once everything that was added is done. */
  async idle(): Promise<void> {
    while (this.waiting.length > 0 || this.underWay > 0) {
      await new Promise<void>((resolve) => this.onEnd.push(resolve));
    }
  }

  private announce(): void {
    if (this.isAnnounced) return;
    this.isAnnounced = true;
    this.options.soon(() => {
      this.isAnnounced = false;
      this.flush(lanes - this.underWay);
    });
  }

  private flush(free: number): void {
    for (let left = free; left > 0 && this.waiting.length > 0; left--) {
      void this.start(this.waiting.splice(0, Math.min(mostTogether, Math.ceil(this.waiting.length / left))));
    }
    // Calls that come later do not put it off.
    if (this.waiting.length > 0) this.timer ??= setTimeout(() => this.giveWay(), patience);
    else this.stopTimer();
  }

  private giveWay(): void {
    this.stopTimer();
    this.flush(1);
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async start(calls: readonly Call[]): Promise<void> {
    this.underWay++;
    await this.options.run(calls);
    this.underWay--;
    for (const resolve of this.onEnd.splice(0)) resolve();
    if (this.waiting.length > 0) this.announce();
  }
}
