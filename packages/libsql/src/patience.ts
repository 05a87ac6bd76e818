import { type CallOptions, checkCall, pause } from "@stowage/core/engine";
import type { ResolvedOptions } from "./options.ts";

/** All tries together end after this many milliseconds. */
const longest = 15_000;

/**
 * Repeats `attempt` while the database is locked, with pauses of random length that leave the event loop free: each try
 * asks again and again for a while, and between tries the pauses grow.
 *
 * @returns what `attempt` returned; when patience ends, the last error is thrown.
 */
export async function untilFree<Result>(
  attempt: () => Result | Promise<Result>,
  isBusy: (error: unknown) => boolean,
  { tries, backoff, perTry }: ResolvedOptions["patience"],
  options: CallOptions = {},
): Promise<Result> {
  const end = Date.now() + longest;
  for (let round = 1; ; round++) {
    const roundEnd = Math.min(end, Date.now() + perTry);
    for (let ask = 0; ; ask++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (Date.now() >= end || (Date.now() >= roundEnd && round >= tries)) throw error;
      }
      if (Date.now() >= roundEnd) break;
      // Transactions are short, so it pays to ask often; with many waiting, to ask less often.
      await pause(Math.random() * Math.min(50, 4 * 2 ** ask), options);
    }
    await pause(Math.random() * Math.min(2000, backoff * 2 ** (round - 1)), options);
    checkCall(options);
  }
}
