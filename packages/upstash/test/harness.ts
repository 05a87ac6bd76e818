import type { Engine } from "@stowage/core/engine";
import type { EngineHarness } from "@stowage/testkit";
import { capabilities, type UpstashOptions, upstashEngine } from "@stowage/upstash";

let places = 0;

/** What every key of a database begins with that nothing has used. */
export const freshPrefix = (): string => `t${process.pid}-${++places}:`;

/** The engine as the suites want it: an empty database is a prefix of its own. */
export function upstashHarness(options: () => UpstashOptions): EngineHarness {
  const prefixes = new WeakMap<Engine, string>();
  const connect = (keyPrefix: string): Engine => {
    const engine = upstashEngine({ ...options(), keyPrefix });
    prefixes.set(engine, keyPrefix);
    return engine;
  };
  return {
    capabilities,
    open: () => connect(freshPrefix()),
    reopen: (engine) => connect(prefixes.get(engine) as string),
    openBeside: (engine) => connect(`${prefixes.get(engine)}beside:`),
  };
}
