import type { Engine } from "@stowage/core/engine";
import { capabilities, type RedisOptions, redisEngine } from "@stowage/redis";
import type { EngineHarness } from "@stowage/testkit";

type Place = string;

let places = 0;

/** What every key of a database begins with that nothing has used. */
export const freshPrefix = (): string => `t${process.pid}-${++places}:`;

/** The engine as the suites want it: an empty database is a prefix of its own. */
export function redisHarness(options: () => RedisOptions): EngineHarness {
  const prefixes = new WeakMap<Engine, Place>();
  const connect = (keyPrefix: string): Engine => {
    const engine = redisEngine({ ...options(), keyPrefix });
    prefixes.set(engine, keyPrefix);
    return engine;
  };
  return {
    capabilities,
    open: () => connect(freshPrefix()),
    reopen: (engine) => connect(prefixes.get(engine) as Place),
    openBeside: (engine) => connect(`${prefixes.get(engine)}beside:`),
  };
}
