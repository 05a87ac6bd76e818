/** Small numbers for what is under way; those given back are used again, so that there are no more of them than needed. */
export class Slots {
  private readonly free: number[] = [];
  private next = 0;

  take(): number {
    return this.free.pop() ?? this.next++;
  }

  give(slot: number): void {
    this.free.push(slot);
  }
}
