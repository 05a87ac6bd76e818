import { checkCall } from "./call.ts";
import type { CallOptions } from "./engine.ts";

/** Waits for an answer until the call ends; what comes then is nobody's. `asError` makes the error of a call that ended. */
export function within<Result>(
  answer: Promise<Result>,
  options: CallOptions,
  asError: (ended: unknown) => unknown,
): Promise<Result> {
  const { signal, deadline } = options;
  if (!signal && deadline === undefined) return answer;
  return new Promise((resolve, reject) => {
    const end = () => {
      try {
        checkCall(options);
      } catch (ended) {
        reject(asError(ended));
      }
    };
    const timer = deadline === undefined ? undefined : setTimeout(end, Math.max(0, deadline - Date.now()) + 2);
    signal?.addEventListener("abort", end);
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    };
    answer.then(resolve, reject).finally(release);
  });
}
