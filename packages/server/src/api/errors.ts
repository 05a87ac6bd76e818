import { z } from "@hono/zod-openapi";
import { type ErrorCode, isStorageError } from "@stowage/core";

/** Why a request failed, beside the codes of the storage. */
export type HttpErrorCode =
  | ErrorCode
  | "unauthenticated"
  | "forbidden"
  | "read_only"
  | "method_not_allowed"
  | "unsupported_media_type"
  | "rate_limited"
  | "idempotency_mismatch"
  | "needs_runtime"
  | "out_of_scope"
  | "domain_missing"
  | "draining";

/** One thing that is wrong with a parameter or a member of the body. */
export interface Issue {
  field: string;
  message: string;
}

/** The body of every failed answer. `error` is a plain sentence, as the official client shows it. */
export interface ErrorBody {
  error: string;
  code: HttpErrorCode;
  requestId: string;
  issues?: Issue[];
  details?: Record<string, unknown>;
  retry: "permanent" | "temporary" | "exhausted";
}

interface HttpErrorOptions {
  code: HttpErrorCode;
  issues?: Issue[];
  details?: Record<string, unknown>;
  retry?: ErrorBody["retry"];
  /** Seconds until a repetition makes sense. */
  retryAfter?: number;
  headers?: Record<string, string>;
}

/** A refusal that the server itself makes. Its message is for the caller. */
export class HttpError extends Error {
  readonly status: number;
  readonly options: HttpErrorOptions;

  constructor(status: number, message: string, options: HttpErrorOptions) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.options = options;
  }
}

export const badRequest = (message: string, issues?: Issue[]) =>
  new HttpError(400, message, { code: "invalid_argument", ...(issues && { issues }) });
export const notFound = (what: string) => new HttpError(404, `${what} not found`, { code: "not_found" });
export const forbidden = (message: string) => new HttpError(403, message, { code: "forbidden" });
export const conflict = (message: string) => new HttpError(409, message, { code: "conflict" });

/** Status of an error of the storage; codes that are not here are 500. */
const statuses: Partial<Record<ErrorCode, number>> = {
  invalid_argument: 400,
  not_found: 404,
  already_exists: 409,
  conflict: 409,
  unsupported: 501,
  too_large: 413,
  not_initialised: 503,
  resource_limit: 503,
  timeout: 503,
  aborted: 503,
  closed: 503,
  unavailable: 503,
  busy: 503,
  // An exporter repeats a 503 and drops what was answered with 500.
  unknown_outcome: 503,
};

export interface Failure {
  status: number;
  body: ErrorBody;
  headers: Record<string, string>;
  /** Whether an operator should see it in the log. */
  isOurs: boolean;
}

/**
 * Any error as an answer. What the caller did wrong is told in full; what went wrong behind the server is told in words of
 * ours, since a driver's words may name hosts, statements or values.
 */
export function failureOf(error: unknown, requestId: string, overload: "429" | "503" = "429"): Failure {
  if (error instanceof HttpError) {
    const failure = ofHttpError(error, requestId);
    return failure.status === 429 ? { ...failure, status: Number(overload) } : failure;
  }
  if (isStorageError(error)) {
    const isCallers = error.category === "USER" || error.code === "unsupported" || error.code === "too_large";
    const status = isCallers ? callersStatus(error) : (statuses[error.code] ?? 500);
    const { domain, operation } = error.details;
    const issues = schemaIssues(error);
    return {
      status,
      headers: status === 503 ? { "Retry-After": "1" } : {},
      isOurs: !isCallers,
      body: {
        error: isCallers ? error.message : status === 503 ? unavailable(domain) : "the server failed",
        code: isCallers || status === 503 ? error.code : "internal",
        requestId,
        ...(issues && { issues }),
        ...(isCallers
          ? { details: { id: error.id, ...error.details } }
          : status === 503 && { details: { domain, operation } }),
        // Whether a write was applied is not known: repeating it is for those who know that it does no harm.
        retry: status === 503 && error.code !== "unknown_outcome" ? "temporary" : error.retry,
      },
    };
  }
  return {
    status: 500,
    headers: {},
    isOurs: true,
    body: { error: "the server failed", code: "internal", requestId, retry: "permanent" },
  };
}

function ofHttpError({ status, message, options }: HttpError, requestId: string): Failure {
  const { code, issues, details, retry, retryAfter, headers } = options;
  return {
    status,
    headers: { ...headers, ...(retryAfter !== undefined && { "Retry-After": String(retryAfter) }) },
    isOurs: false,
    body: {
      error: message,
      code,
      requestId,
      ...(issues && { issues }),
      ...(details && { details }),
      retry: retry ?? (status === 429 || status === 503 ? "temporary" : "permanent"),
    },
  };
}

function callersStatus(error: { code: ErrorCode; details: Record<string, unknown> }): number {
  const { status } = error.details;
  return typeof status === "number" && status >= 400 && status <= 501 ? status : (statuses[error.code] ?? 400);
}

const unavailable = (domain: unknown) =>
  typeof domain === "string" ? `the storage of ${domain} is not available` : "the storage is not available";

function schemaIssues(error: object): Issue[] | undefined {
  const { errors, field } = error as { errors?: { path: string; message: string }[]; field?: string };
  if (!Array.isArray(errors) || typeof field !== "string") return undefined;
  return errors.map(({ path, message }) => ({ field: `${field}${path === "/" ? "" : path}`, message }));
}

/** The same facts in the form of RFC 9457. */
export const problemOf = (status: number, { error, ...rest }: ErrorBody) => ({
  type: "about:blank",
  title: error,
  status,
  ...rest,
});

/** The error body as the OpenAPI document shows it. */
export const errorSchema = z
  .object({
    error: z.string().openapi({ description: "What went wrong, in one sentence." }),
    code: z.string().openapi({ description: "A closed list of words; stable, unlike the sentence." }),
    requestId: z.string(),
    issues: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
    retry: z.enum(["permanent", "temporary", "exhausted"]),
  })
  .openapi("Error");
