import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Principal } from "./principal.ts";

/** What the server keeps of an API key. The secret is not in it. */
export interface ApiKeyRecord extends Principal {
  /** First part of the key, visible in logs. */
  prefix: string;
  /** Hex. */
  salt: string;
  /** SHA-256 of salt and key, hex. */
  hash: string;
  /** After this the key is refused. ISO 8601. */
  expiresAt?: string;
}

const digest = (salt: string, key: string) => createHash("sha256").update(salt, "hex").update(key).digest();

/** Makes a key and its record. The key is shown once and cannot be had from the record. */
export function createApiKey(principal: Principal & { expiresAt?: string }): { key: string; record: ApiKeyRecord } {
  const prefix = `stw_${randomBytes(6).toString("hex")}`;
  const key = `${prefix}_${randomBytes(24).toString("base64url")}`;
  const salt = randomBytes(16).toString("hex");
  return { key, record: { ...principal, prefix, salt, hash: digest(salt, key).toString("hex") } };
}

/** Looks a key up by its prefix and compares in constant time. */
export function apiKeyVerifier(records: readonly ApiKeyRecord[]): (key: string) => Principal | undefined {
  const byPrefix = new Map(records.map((record) => [record.prefix, record]));
  return (key) => {
    // The secret may hold underscores, the prefix has exactly one.
    const record = byPrefix.get(key.split("_", 2).join("_"));
    if (!record) return undefined;
    const isSame = timingSafeEqual(digest(record.salt, key), Buffer.from(record.hash, "hex"));
    if (!isSame || (record.expiresAt && Date.parse(record.expiresAt) <= Date.now())) return undefined;
    return principalOf(record);
  };
}

/** Compares with each token by its hash, so that neither length nor place of a difference shows in the time taken. */
export function tokenVerifier(tokens: readonly (Principal & { token: string })[]) {
  const salt = randomBytes(16).toString("hex");
  const known = tokens.map((entry) => ({ hash: digest(salt, entry.token), principal: principalOf(entry) }));
  return (token: string): Principal | undefined => {
    const hash = digest(salt, token);
    return known.filter((entry) => timingSafeEqual(entry.hash, hash))[0]?.principal;
  };
}

const principalOf = ({ id, tenant, resources, scopes }: Principal): Principal =>
  Object.freeze({ id, ...(tenant !== undefined && { tenant }), resources, scopes });
