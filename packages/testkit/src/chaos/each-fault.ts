import { type Chaos, type ChaosOptions, chaos } from "@stowage/core/layers";

export interface FaultOptions extends Pick<ChaosOptions, "verbs" | "error"> {
  /** Only faults before a call is done, or after. Default: both. */
  readonly when?: "before" | "after";
  /** Only single faults, or only those after which everything fails. Default: both. */
  readonly rest?: "go on" | "fail";
  /** A run with more calls than this is taken for endless. Default 500. */
  readonly mostCalls?: number;
}

/**
 * Runs a scenario once for each call that it makes, each time with a fault at another one: before the call is done and after,
 * once alone and once with everything failing from there on. Ends when a run meets no fault.
 *
 * `faults` is a layer: put it directly around the engine. Prepare and check without it, or those calls count too.
 *
 * ```ts
 * await eachFault(async (faults) => {
 *   const storage = await context.open();
 *   await prepare(storage);
 *   await act(await context.reopen(storage, { wrap: faults })).catch(() => {});
 *   await check(await context.reopen(storage));
 * });
 * ```
 */
export async function eachFault(
  run: (faults: Chaos, fault: string) => Promise<void>,
  options: FaultOptions = {},
): Promise<void> {
  const { mostCalls = 500, verbs, error } = options;
  for (const when of options.when ? [options.when] : (["before", "after"] as const)) {
    for (const rest of options.rest ? [options.rest] : (["go on", "fail"] as const)) {
      for (let failCall = 1, met = true; met; failCall++) {
        const fault = `fault ${when} call ${failCall}${rest === "fail" ? " and in every later one" : ""}`;
        if (failCall > mostCalls) throw new Error(`${fault}: the scenario makes more calls than that each time`);
        const faults = chaos({ failCall, when, rest, ...(verbs && { verbs }), ...(error && { error }) });
        try {
          await run(faults, fault);
        } catch (cause) {
          throw new Error(`${fault}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
        }
        met = faults.met;
      }
    }
  }
}
