import { type ErrorCode, isStorageError, isUnsent, type Retry, StorageError } from "@stowage/core/engine";
import type { WireError } from "./wire.ts";

/** An answer of the deployment that is not that of a function. Its text stays here: it may repeat what was sent. */
export class HttpFailure extends Error {
  readonly status: number;
  readonly text: string;

  constructor(status: number, text: string) {
    super(`the deployment answered with status ${status}`);
    this.name = "HttpFailure";
    this.status = status;
    this.text = text;
  }
}

/** A failure in our words. Only where its fate is `unknown` may a mutation have been applied. */
export interface Failure {
  readonly fate: "refused" | "unsent" | "unknown";
  readonly code: ErrorCode;
  readonly retry?: Retry;
  readonly message?: string;
}

const own: Readonly<Record<WireError["stowage"], Failure>> = {
  protocol: {
    fate: "refused",
    code: "schema",
    message: "the functions deployed are of another version of @stowage/convex; deploy the project again",
  },
  secret: { fate: "refused", code: "permission", message: "Convex refused access: the secret is another" },
  too_large: { fate: "refused", code: "too_large" },
};

const missing =
  "the deployment has no such functions; create convex/stowage/storage.ts with stowageFunctions(), or say with storageFunction where they are";

const nowhere = "there is no Convex deployment at this address";

/** Words in answers that tell that nothing was done. */
const words: readonly (readonly [RegExp, Failure])[] = [
  [/could not find (public )?(function|module)/i, { fate: "refused", code: "schema", message: missing }],
  [/OptimisticConcurrencyControlFailure|changed while this mutation was being run/, { fate: "refused", code: "busy" }],
  [/TooManyConcurrent|RateLimited|too many (concurrent|requests|writes)/i, { fate: "refused", code: "busy" }],
  [/BadAdminKey|Unauthorized|Unauthenticated|Forbidden|InvalidAdminKey/i, { fate: "refused", code: "permission" }],
  [/limits exceeded|plan limits|DisabledForExceed/i, { fate: "refused", code: "resource_limit" }],
  [
    /too (much data|many documents|many index ranges|many bytes|many reads)|too large|TooLarge/i,
    { fate: "refused", code: "too_large" },
  ],
  [/fetch failed|ECONNREFUSED|ENOTFOUND|EAI_AGAIN/, { fate: "unknown", code: "unavailable" }],
  [/Uncaught|Server Error|Validator|ArgumentValidationError/, { fate: "refused", code: "internal" }],
];

/** What an error of the client means. */
export function classify(error: unknown): Failure {
  const data = (error as { data?: Partial<WireError> } | undefined)?.data;
  const said = data && typeof data === "object" ? own[data.stowage as WireError["stowage"]] : undefined;
  if (said) return said;
  if (error instanceof HttpFailure) return ofStatus(error);
  if (isUnsent(error)) return { fate: "unsent", code: "unavailable" };
  return ofText((error as Error | undefined)?.message ?? "") ?? { fate: "unknown", code: "unavailable" };
}

function ofStatus({ status, text }: HttpFailure): Failure {
  const failure = ofText(text);
  if (failure) return failure;
  if (status === 401 || status === 403) return { fate: "refused", code: "permission" };
  if (status === 404) return { fate: "refused", code: "unavailable", retry: "permanent", message: nowhere };
  if (status === 413) return { fate: "refused", code: "too_large" };
  if (status === 429) return { fate: "refused", code: "busy" };
  if (status >= 400 && status < 500 && status !== 408) return { fate: "refused", code: "internal" };
  return { fate: "unknown", code: "unavailable" };
}

const ofText = (text: string): Failure | undefined => words.find(([pattern]) => pattern.test(text))?.[1];

const messages: Partial<Record<ErrorCode, string>> = {
  unavailable: "Convex cannot be reached or does not take requests at the moment",
  busy: "Convex was too busy with others",
  permission: "Convex refused access",
  resource_limit: "Convex ran out of what the plan allows",
  too_large: "the request is larger than Convex takes",
};

/** A client's error as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const { code, retry, message = messages[code] ?? "Convex failed" } = classify(error);
  return new StorageError(message, { code, ...(retry && { retry }), cause: withoutText(error) });
}

/** The texts of clients and functions may hold what was sent: a name and a status must do. */
function withoutText(error: unknown): Error {
  if (error instanceof HttpFailure) return new Error(error.message);
  const { name, cause } = (error ?? {}) as { name?: string; cause?: { code?: unknown } };
  const code = typeof cause?.code === "string" ? ` (${cause.code})` : "";
  return new Error(`${name ?? "an error"}${code} of the Convex client`);
}

/** A write was sent, and whether it was applied cannot be established. */
export const unknownOutcome = (cause: unknown): StorageError =>
  new StorageError("the connection broke before Convex said whether the write was applied", {
    code: "unknown_outcome",
    cause: isStorageError(cause) ? cause : withoutText(cause),
  });
