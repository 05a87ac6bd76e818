import { type Clock, systemClock } from "@stowage/core/engine";

/** A clock that moves only when told to, so that tests about time need not wait. */
export interface TestClock extends Clock {
  /** Moves the time on. */
  advance(ms: number): void;
  /** Jumps to an instant, back as well as on; sequences and ids keep growing all the same. */
  set(ms: number): void;
}

export const testEpoch = Date.UTC(2026, 0, 15, 12, 0, 0, 123);

export function testClock(start = testEpoch): TestClock {
  let time = start;
  const inner = systemClock(() => time);
  return {
    now: inner.now,
    sequence: () => inner.sequence(),
    id: () => inner.id(),
    advance(ms) {
      time += ms;
    },
    set(ms) {
      time = ms;
    },
  };
}
