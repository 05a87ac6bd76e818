import { byHash, type RedisConnection } from "./connection.ts";
import type { Script } from "./script.ts";

/**
 * A connected client of the caller's: of `redis` 4 to 6 (`createClient`, `createCluster`, `createSentinel`) or of `ioredis` 5
 * and 6 (`Redis`, `Cluster`).
 */
export type RedisClient = NodeRedisClient | IORedisClient;

/** What is needed of a client of `redis`. Each kind takes commands in a way of its own. */
export interface NodeRedisClient {
  // biome-ignore lint/suspicious/noExplicitAny: three signatures, told apart when it is called.
  sendCommand(...args: any[]): Promise<any>;
  /** The same client with replies of other types; absent before version 5. */
  withTypeMapping?(types: object): NodeRedisClient;
}

/** What is needed of a client of `ioredis`. */
export interface IORedisClient {
  // biome-ignore lint/suspicious/noExplicitAny: overloaded by the number of arguments.
  call(...args: any[]): Promise<any>;
}

type Send = (key: string | undefined, command: readonly string[]) => Promise<unknown>;

/** A connection on a client that somebody else opens and closes. */
export function clientConnection(client: RedisClient): RedisConnection {
  // Its owner may want replies to be something else, such as buffers.
  const send = senderOf(("withTypeMapping" in client && client.withTypeMapping?.({})) || client);
  return connectionOf(
    async () => send,
    async () => {},
  );
}

/** A connection on whatever `open` gives, which is asked before each request. */
export function connectionOf(open: () => Promise<Send>, close: () => Promise<void>): RedisConnection {
  return {
    async run(script: Script, keys: readonly [string, string], args: readonly string[]) {
      const send = await open();
      return byHash(script, (command, text) => send(keys[0], [command, text, "2", ...keys, ...args]));
    },
    async fields(key, names) {
      const send = await open();
      return (await send(key, ["HMGET", key, ...names])) as unknown[];
    },
    async evictionPolicy() {
      const send = await open();
      // Many hosted servers do not tell.
      const reply = await send(undefined, ["CONFIG", "GET", "maxmemory-policy"]).catch(() => undefined);
      return policyOf(reply);
    },
    close,
  };
}

/** How a client takes a command. */
export function senderOf(client: RedisClient): Send {
  if ("call" in client) return (_key, [name, ...args]) => client.call(name, args);
  if ("slots" in client) return (key, command) => client.sendCommand(key, false, command);
  if ("getSentinelNode" in client) return (_key, command) => client.sendCommand(false, command);
  return (_key, command) => client.sendCommand(command);
}

/** The value in a reply that is a list of name and value, or an object in newer protocols. */
function policyOf(reply: unknown): string | undefined {
  if (Array.isArray(reply)) return reply[1] === undefined ? undefined : String(reply[1]);
  if (typeof reply !== "object" || reply === null) return undefined;
  const value =
    reply instanceof Map ? reply.get("maxmemory-policy") : (reply as Record<string, unknown>)["maxmemory-policy"];
  return value === undefined ? undefined : String(value);
}
