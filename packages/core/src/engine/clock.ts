/** Where a store takes the time from; a test may give its own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Strictly increasing in this process, and greater than `after`: microseconds of a clock that counts on when calls come
   * faster than it ticks, and that takes notice of numbers it meets.
   */
  sequence(after?: number): number;
  /** A version 7 UUID, strictly increasing in this process. */
  id(): string;
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A hybrid clock over the system's: it may run ahead of the wall for a moment, it never goes back. */
export function systemClock(now: () => number = Date.now): Clock {
  let lastSequence = 0;
  let lastIdTime = 0;
  let counter = 0;
  // Each request for random bytes costs more than a hundred ids do.
  const random = new Uint8Array(1024);
  let used = random.length;

  return {
    now,
    sequence(after = 0) {
      lastSequence = Math.max(now() * 1000, lastSequence + 1, after + 1);
      return lastSequence;
    },
    id() {
      const time = now();
      if (time > lastIdTime) {
        lastIdTime = time;
        counter = Math.floor(Math.random() * 0x200);
      } else if (++counter > 0xfff) {
        // 12 bits are used up within this millisecond: borrow the next one.
        lastIdTime++;
        counter = 0;
      }
      if (used === random.length) {
        globalThis.crypto.getRandomValues(random);
        used = 0;
      }
      const at = used;
      used += 8;
      const head = lastIdTime.toString(16).padStart(12, "0");
      const b = (index: number) => hex[random[at + index] as number] as string;
      const variant = hex[((random[at] as number) & 0x3f) | 0x80] as string;
      return `${head.slice(0, 8)}-${head.slice(8)}-7${counter.toString(16).padStart(3, "0")}-${variant}${b(1)}-${b(2)}${b(3)}${b(4)}${b(5)}${b(6)}${b(7)}`;
    },
  };
}
