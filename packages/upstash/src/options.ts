import { keyBase, type RedisNamespaceOptions } from "@stowage/redis/engine";
import type { Redis } from "@upstash/redis";

/** A database by its REST address. */
export interface UpstashUrlOptions {
  /** `https://….upstash.io`, or wherever such a server is. */
  url: string;
  token: string;
}

/** A client from `@upstash/redis` that the caller has made. */
export interface UpstashClientOptions {
  client: Redis;
}

export type UpstashOptions = (UpstashUrlOptions | UpstashClientOptions) & RedisNamespaceOptions;

export type ResolvedOptions = { readonly base: string } & (
  | { readonly client: Redis; readonly server?: undefined }
  | { readonly client?: undefined; readonly server: UpstashUrlOptions }
);

/**
 * Checks options and fills in what they leave open. No I/O.
 *
 * @throws Error that says which option is missing or wrong.
 */
export function resolveOptions(options: UpstashOptions, name = "UpstashStore"): ResolvedOptions {
  const given = (options ?? {}) as Partial<UpstashUrlOptions & UpstashClientOptions> & RedisNamespaceOptions;
  const base = keyBase(given, name);
  if (given.client !== undefined) {
    if (typeof given.client !== "object" || given.client === null || !("evalsha" in given.client)) {
      throw new Error(`${name}: client must be a client of @upstash/redis`);
    }
    return { base, client: given.client };
  }
  const { url, token } = given;
  if (typeof url !== "string" || url.trim() === "") throw new Error(`${name}: url is required and cannot be empty`);
  if (!/^https?:\/\//.test(url)) throw new Error(`${name}: url must begin with https:// or http://`);
  if (typeof token !== "string" || token.trim() === "")
    throw new Error(`${name}: token is required and cannot be empty`);
  return { base, server: { url, token } };
}
