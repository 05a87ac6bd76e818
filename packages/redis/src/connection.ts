import type { Script } from "./script.ts";

/**
 * What the engine needs of a Redis: to run a script, or read a hash, in one request. What fails is thrown as the client throws it; `classify`
 * tells what it means.
 */
export interface RedisConnection {
  /** Its replies: texts, numbers, `null`, and lists of these. */
  run(script: Script, keys: readonly [string, string], args: readonly string[]): Promise<unknown>;
  /** These fields of a hash; `null` for one that is not there. */
  fields(key: string, names: readonly string[]): Promise<readonly unknown[]>;
  /** The server's `maxmemory-policy`; `undefined` when it does not tell. */
  evictionPolicy(): Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * Runs a script by its hash, and by its text where the server does not know it. A script that is not known was not run, so
 * nothing is done twice.
 */
export async function byHash(
  script: Script,
  send: (command: "EVALSHA" | "EVAL", text: string) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await send("EVALSHA", await script.sha);
  } catch (error) {
    if (!/^(ERR )?NOSCRIPT\b/.test((error as Error | undefined)?.message ?? "")) throw error;
    return send("EVAL", script.source);
  }
}
