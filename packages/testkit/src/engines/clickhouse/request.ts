import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";

/** What a client of ClickHouse's HTTP interface asks. */
export interface FrontRequest {
  readonly statement: string;
  /** The rows of an insert, with the line break before them; else empty. */
  readonly rows: string;
  readonly database: string;
  readonly format: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the answer may be compressed. */
  readonly takesGzip: boolean;
}

/** Parts of the address that are no settings. */
const ownNames = new Set([
  "query",
  "query_id",
  "session_id",
  "session_timeout",
  "session_check",
  "role",
  "user",
  "password",
  "wait_end_of_query",
]);

/** Reads a request whole. Statement and parameters may come in the address, in the body, or in a form of several parts. */
export async function readRequest(message: IncomingMessage): Promise<FrontRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const body = message.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
  const address = new URL(message.url ?? "/", "http://front");
  const fields = new Map(address.searchParams);
  const type = message.headers["content-type"] ?? "";
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)/.exec(type)?.[1];
  let data = "";
  if (boundary === undefined) data = body.toString("utf8");
  else for (const [name, value] of partsOf(body, boundary)) fields.set(name, value);

  const settings: Record<string, string> = {};
  const parameters: Record<string, string> = {};
  let database = "default";
  let format = "TabSeparated";
  for (const [name, value] of fields) {
    if (name.startsWith("param_")) parameters[name] = value;
    else if (name === "database") database = value;
    else if (name === "default_format") format = value;
    else if (!ownNames.has(name)) settings[name] = value;
  }
  const query = fields.get("query");
  return {
    statement: query ?? data,
    rows: query === undefined || data === "" ? "" : `\n${data}`,
    database,
    format,
    settings,
    parameters,
    takesGzip: settings.enable_http_compression === "1" && /gzip/.test(message.headers["accept-encoding"] ?? ""),
  };
}

/** Names and values of a form. */
function* partsOf(body: Buffer, boundary: string): Generator<[string, string]> {
  const mark = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(mark); at >= 0; ) {
    const start = at + mark.length + 2;
    const next = body.indexOf(mark, start);
    if (next < 0) return;
    const part = body.subarray(start, next - 2);
    const split = part.indexOf("\r\n\r\n");
    const name = /name="([^"]*)"/.exec(part.subarray(0, split).toString("utf8"))?.[1];
    if (name !== undefined) yield [name, part.subarray(split + 4).toString("utf8")];
    at = next;
  }
}
