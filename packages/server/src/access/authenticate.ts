import { HttpError } from "../api/errors.ts";
import { type ApiKeyRecord, apiKeyVerifier, tokenVerifier } from "./api-keys.ts";
import { type JwtOptions, jwtVerifier } from "./jwt.ts";
import type { Principal } from "./principal.ts";

/** Ways to prove who calls, tried in this order. */
export interface AuthOptions {
  /** Fixed bearer tokens, for scripts of one's own. */
  tokens?: readonly (Principal & { token: string })[];
  apiKeys?: readonly ApiKeyRecord[];
  jwt?: JwtOptions;
  /** Anything else. `undefined` means "not mine". */
  custom?: (request: Request) => Promise<Principal | undefined> | Principal | undefined;
}

export type Authenticate = (request: Request) => Promise<Principal>;

/** `undefined` when no way is configured: the server is then open, and stays on loopback. */
export function authenticator(options: AuthOptions | undefined): Authenticate | undefined {
  if (!options) return undefined;
  const verifiers: ((credential: string) => Principal | undefined | Promise<Principal | undefined>)[] = [];
  if (options.tokens?.length) verifiers.push(tokenVerifier(options.tokens));
  if (options.apiKeys?.length) verifiers.push(apiKeyVerifier(options.apiKeys));
  if (options.jwt) verifiers.push(jwtVerifier(options.jwt));
  if (verifiers.length === 0 && !options.custom) return undefined;
  return async (request) => {
    const credential = credentialOf(request);
    if (credential !== undefined) {
      for (const verify of verifiers) {
        const principal = await verify(credential);
        if (principal) return principal;
      }
    }
    const principal = await options.custom?.(request);
    if (principal) return principal;
    throw new HttpError(401, credential === undefined ? "credentials are missing" : "the credentials are not valid", {
      code: "unauthenticated",
      headers: { "WWW-Authenticate": "Bearer" },
    });
  };
}

/** `Authorization: Bearer`, or `x-api-key` for clients that can only set headers of their own. */
function credentialOf(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return bearer ?? request.headers.get("x-api-key") ?? undefined;
}
