import { byHash, type RedisConnection } from "@stowage/redis/engine";
import type { Redis } from "@upstash/redis";
import { withoutCommand } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";

/** A connection over REST: one request of HTTP for each call. */
export function restConnection({ client, server }: ResolvedOptions): RedisConnection {
  let opened: Promise<Redis> | undefined = client && Promise.resolve(client);
  const open = () => {
    opened ??= create(server as NonNullable<typeof server>);
    return opened;
  };
  return {
    async run(script, keys, args) {
      const redis = await open();
      return byHash(script, async (command, text) => {
        try {
          const list = args as string[];
          return await (command === "EVALSHA"
            ? redis.evalsha(text, [...keys], list)
            : redis.eval(text, [...keys], list));
        } catch (error) {
          throw withoutCommand(error);
        }
      });
    },
    async fields(key, names) {
      const redis = await open();
      const found: unknown = await redis.hmget(key, ...names).catch((error: unknown) => {
        throw withoutCommand(error);
      });
      // A client that guesses at types gives an object, or nothing for a hash that is not there.
      if (Array.isArray(found)) return found;
      return names.map((name) => (found as Record<string, unknown> | null)?.[name] ?? null);
    },
    // The service has no CONFIG; whether it evicts is a switch in its console.
    evictionPolicy: async () => undefined,
    close: async () => {},
  };
}

async function create({ url, token }: { readonly url: string; readonly token: string }): Promise<Redis> {
  const { Redis } = await import("@upstash/redis");
  return new Redis({
    url,
    token,
    automaticDeserialization: false,
    // A batch whose answer was lost is sent again by the engine, which knows it by its id.
    retry: { retries: 0 },
    // Together, requests that fit one by one would be larger than a request may be, and fail together.
    enableAutoPipelining: false,
    enableTelemetry: false,
  });
}
