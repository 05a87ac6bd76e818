import { StorageError } from "../errors.ts";
import type { CallOptions } from "./engine.ts";

/**
 * Throws when a call was aborted or is past its deadline. Engines call it before each request.
 *
 * @throws StorageError `aborted` or `timeout`.
 */
export function checkCall({ signal, deadline }: CallOptions = {}): void {
  if (signal?.aborted) throw new StorageError("the call was aborted", { code: "aborted", cause: signal.reason });
  if (deadline !== undefined && Date.now() > deadline) throw outOfTime();
}

const outOfTime = () => new StorageError("the call ran out of time", { code: "timeout", retry: "exhausted" });

/** Waits, cut short by the call's signal or deadline. */
export async function pause(ms: number, options: CallOptions = {}): Promise<void> {
  checkCall(options);
  const left = options.deadline === undefined ? Number.POSITIVE_INFINITY : options.deadline - Date.now() + 1;
  const limit = Math.min(ms, Math.max(0, left));
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, limit);
    options.signal?.addEventListener("abort", done, { once: true });
  });
  checkCall(options);
  // A timer may ring a little before its time.
  if (limit < ms) throw outOfTime();
}

/** Full jitter: a random wait up to `base × 2^attempt`, at most `cap` milliseconds. */
export const jitter = (attempt: number, base = 25, cap = 2000): number =>
  Math.random() * Math.min(cap, base * 2 ** attempt);

/**
 * A random wait before a rival's write is tried again, in milliseconds. The window grows with the tries, and with what a try
 * took: where one takes 100 ms, shorter waits only bring the same rivals together again.
 */
export const turn = (attempt: number, took: number): number =>
  jitter(attempt, Math.max(5, took), Math.max(250, Math.min(2000, 16 * took)));
