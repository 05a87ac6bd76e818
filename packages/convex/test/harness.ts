import { type ConvexOptions, capabilities, convexEngine } from "@stowage/convex";
import type { Engine } from "@stowage/core/engine";
import type { EngineHarness } from "@stowage/testkit";
import { deployment } from "./deployment.ts";

/** The engine as the suites want it; `place` makes the options of an empty database. */
function harnessOf(place: () => ConvexOptions & { readonly tablePrefix: string }): EngineHarness {
  const places = new WeakMap<Engine, ReturnType<typeof place>>();
  const connect = (options: ReturnType<typeof place>): Engine => {
    const engine = convexEngine(options);
    places.set(engine, options);
    return engine;
  };
  const optionsOf = (engine: Engine) => places.get(engine) as ReturnType<typeof place>;
  return {
    capabilities,
    open: () => connect(place()),
    reopen: (engine) => connect(optionsOf(engine)),
    openBeside: (engine) => {
      const options = optionsOf(engine);
      return connect({ ...options, tablePrefix: `${options.tablePrefix}beside:` });
    },
  };
}

/** Each database is a deployment of its own, in memory. */
export const convexHarness: EngineHarness = harnessOf(() => ({ client: deployment(), tablePrefix: "" }));

/** Each database is a prefix in one deployment. */
export function liveHarness(options: ConvexOptions): EngineHarness {
  const run = Date.now().toString(36);
  let databases = 0;
  return harnessOf(() => ({ ...options, tablePrefix: `${run}-${++databases}:` }));
}
