import { connection } from "./connection.ts";

export type Query = Readonly<Record<string, unknown>>;

export interface RequestOptions {
  query?: Query;
  signal?: AbortSignal;
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
}

interface ErrorBody {
  error?: string;
  code?: string;
  requestId?: string;
  retry?: string;
  issues?: { field: string; message: string }[];
}

/** An answer that is no success, or none at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly isTemporary: boolean;
  readonly issues: { field: string; message: string }[];

  constructor(status: number, { error, code = "unreachable", requestId, retry, issues = [] }: ErrorBody) {
    super(error ?? "the server could not be reached");
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.isTemporary = status === 0 || retry === "temporary";
    this.issues = issues;
  }
}

/**
 * Asks the server. Members of `query` that are `undefined` or empty are left out, and objects travel as JSON.
 *
 * @throws ApiError
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { signal, method = "GET", body } = options;
  let response: Response;
  try {
    response = await fetch(addressOfRequest(path, options.query), {
      method,
      headers: headersOf(body !== undefined),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {});
  }
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  if (response.ok && isJson) return (await response.json()) as T;
  const known = isJson ? ((await response.json()) as ErrorBody) : { error: "the answer is no JSON", code: "no_api" };
  throw new ApiError(response.status, { code: "unknown", ...known });
}

export function addressOfRequest(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === "") continue;
    params.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  const text = params.toString();
  return `${connection().prefix}${path}${text && `?${text}`}`;
}

function headersOf(hasBody: boolean): Record<string, string> {
  const { token, headers } = connection();
  return {
    Accept: "application/json",
    ...(hasBody && { "Content-Type": "application/json" }),
    ...headers,
    ...(token && { Authorization: `Bearer ${token}` }),
  };
}

/** The same request for a terminal. The token stays out of it. */
export function curlOf(path: string, query?: Query): string {
  const address = new URL(addressOfRequest(path, query), location.href).href;
  const { token, headers } = connection();
  const words = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  if (token) words.push('-H "Authorization: Bearer $STOWAGE_TOKEN"');
  return ["curl", "-sS", ...words, quoted(address)].join(" ");
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** One segment of a path. */
export const segment = (id: string): string => encodeURIComponent(id);
