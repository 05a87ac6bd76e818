import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import type { Principal } from "./principal.ts";

export interface JwtOptions {
  /** Where the issuer publishes its keys. Either this or `secret`. */
  jwksUrl?: string;
  /** For HMAC; at least 32 bytes. */
  secret?: string;
  issuer: string;
  audience: string;
  /** Default: `RS256`, `ES256`, `EdDSA` with `jwksUrl`, `HS256` with `secret`. */
  algorithms?: string[];
  /** Leeway of clocks. Default 60. */
  clockToleranceSeconds?: number;
  /** Names of the claims. Defaults: `tenant`, `resources`, and `scope` (words) or `scopes` (a list). */
  claims?: { tenant?: string; resources?: string };
}

/** A verifier of bearer JWTs. What a token does not say it does not grant: no scopes, no resources. */
export function jwtVerifier(options: JwtOptions): (token: string) => Promise<Principal | undefined> {
  const { jwksUrl, secret, issuer, audience, clockToleranceSeconds: clockTolerance = 60, claims = {} } = options;
  if (!jwksUrl === !secret) throw new TypeError("jwt needs either jwksUrl or secret");
  if (secret && Buffer.byteLength(secret) < 32) throw new TypeError("jwt.secret must have at least 32 bytes");
  const algorithms = options.algorithms ?? (secret ? ["HS256"] : ["RS256", "ES256", "EdDSA"]);
  const settings = { issuer, audience, algorithms, clockTolerance, requiredClaims: ["exp", "sub"] };
  const keys = jwksUrl ? createRemoteJWKSet(new URL(jwksUrl)) : undefined;
  const key = secret ? new TextEncoder().encode(secret) : undefined;
  return async (token) => {
    try {
      const { payload } = keys ? await jwtVerify(token, keys, settings) : await jwtVerify(token, key!, settings);
      return principalOf(payload, claims);
    } catch {
      return undefined;
    }
  };
}

function principalOf(payload: JWTPayload, claims: NonNullable<JwtOptions["claims"]>): Principal {
  const tenant = payload[claims.tenant ?? "tenant"];
  const resources = payload[claims.resources ?? "resources"];
  const words = typeof payload.scope === "string" ? payload.scope.split(" ") : payload.scopes;
  return {
    id: payload.sub as string,
    ...(typeof tenant === "string" && { tenant }),
    resources: resources === "*" ? "*" : textsOf(resources),
    scopes: textsOf(words),
  };
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
