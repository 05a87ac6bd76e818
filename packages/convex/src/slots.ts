/** Places for answers, one for each batch that is under way. Those given back are used again, so that they stay few. */
export class Slots {
  private readonly writer = globalThis.crypto.randomUUID();
  private readonly free: string[] = [];
  private made = 0;

  take(): string {
    return this.free.pop() ?? `${this.writer}:${++this.made}`;
  }

  give(slot: string): void {
    this.free.push(slot);
  }
}
