import { RedisEngine, type RedisEngineSettings } from "@stowage/redis/engine";
import { answerBytes, capabilities } from "./capabilities.ts";
import { restConnection } from "./connection.ts";
import { classify } from "./errors.ts";
import { resolveOptions, type UpstashOptions } from "./options.ts";

/** The engine on an Upstash database. Making it opens nothing. */
export function upstashEngine(options: UpstashOptions, settings: RedisEngineSettings = {}): RedisEngine {
  const resolved = resolveOptions(options);
  return new RedisEngine({
    name: "upstash",
    connection: restConnection(resolved),
    capabilities,
    base: resolved.base,
    answerBytes,
    classify,
    ...settings,
  });
}
