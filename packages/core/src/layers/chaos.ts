import type { Engine } from "../engine/engine.ts";
import { StorageError } from "../errors.ts";
import { forward, type Layer } from "./stack.ts";

/** The calls that chaos counts: everything but `close`. */
export type ChaosVerb = "converge" | "read" | "write" | "removeRange";

export interface ChaosOptions {
  /** Which call fails, counted from 1. */
  readonly failCall: number;
  /** `before` (default): the call never reaches the engine. `after`: the engine does it, and the answer is lost. */
  readonly when?: "before" | "after";
  /** What happens to the calls after that one: they go on (default), or all fail as if the process had died. */
  readonly rest?: "go on" | "fail";
  /** Counts, and fails, calls of these verbs only. Default: all. */
  readonly verbs?: readonly ChaosVerb[];
  /** The error to fail with. Default: `unavailable`, and `unknown_outcome` for a change whose answer is lost. */
  readonly error?: (verb: ChaosVerb) => unknown;
}

/** A layer that counts its calls and fails one of them. One object is for one engine and one run. */
export interface Chaos extends Layer {
  /** How many calls there were so far. */
  readonly calls: number;
  /** Whether the fault happened; a run in which it did not has been through every call it makes. */
  readonly met: boolean;
}

/**
 * Faults where a database has them: counted, not random. Fail call 1, then 2, and so on until a run meets no fault, and
 * check the invariants each time. Belongs directly around the engine, below everything that has to survive.
 *
 * ```ts
 * for (let failCall = 1, met = true; met; failCall++) {
 *   const faults = chaos({ failCall });
 *   await scenario(stack(engine, [faults])).catch(() => {});
 *   await checkInvariants(engine);
 *   met = faults.met;
 * }
 * ```
 */
export function chaos({
  failCall,
  when = "before",
  rest = "go on",
  verbs,
  error = defaultError(when),
}: ChaosOptions): Chaos {
  let calls = 0;
  let met = false;

  const around =
    <Args extends unknown[], Result>(verb: ChaosVerb, call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (verbs && !verbs.includes(verb)) return call(...args);
      const number = ++calls;
      if (number > failCall && met && rest === "fail") throw unavailable();
      if (number !== failCall) return call(...args);
      met = true;
      if (when === "after") await call(...args);
      throw error(verb);
    };

  const layer = (inner: Engine): Engine =>
    forward(inner, {
      converge: around("converge", inner.converge.bind(inner)),
      read: around("read", inner.read.bind(inner)) as Engine["read"],
      write: around("write", inner.write.bind(inner)),
      removeRange: around("removeRange", inner.removeRange.bind(inner)),
    });
  return Object.defineProperties(layer, { calls: { get: () => calls }, met: { get: () => met } }) as Chaos;
}

const unavailable = () => new StorageError("the database cannot be reached (planted)", { code: "unavailable" });

const defaultError = (when: "before" | "after") => (verb: ChaosVerb) =>
  when === "before" || verb === "read"
    ? unavailable()
    : new StorageError("the answer was lost (planted)", { code: "unknown_outcome" });
