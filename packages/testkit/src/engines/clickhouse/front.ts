/**
 * A program: ClickHouse, running in this process, behind the part of its HTTP interface that the official client speaks.
 * Takes the folder of its data; prints its port as JSON when it is ready. Users, roles and sessions are not known here.
 */
import { rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { type FrontRequest, readRequest } from "./request.ts";

interface Session {
  query(sql: string, format?: string): string;
  close(): void;
}

const { Session } = createRequire(import.meta.url)("chdb") as { Session: new (path: string) => Session };
const folder = process.argv[2] as string;
const session = new Session(folder);
// The library takes a statement up to its first NUL.
const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&").replaceAll("\0", "\\0")}'`;

/** What the session has been told: it is one for all requests, which therefore run one after the other. */
const told = new Map<string, string>();
let database = "default";
/** What a server takes as a statement, the rows of an insert apart. Parameters travel in statements here, and may be longer. */
const maxQuerySize = 262_144;
session.query("SET max_query_size = 1000000000");
// Tables of tests are small: more threads would only wait for each other.
session.query("SET max_threads = 1");

function run(request: FrontRequest): string {
  if (request.statement.length > maxQuerySize) {
    throw new Error("Code: 62. DB::Exception: Max query size exceeded. (SYNTAX_ERROR)");
  }
  if (request.database !== database) {
    session.query(`USE \`${request.database}\``);
    database = request.database;
  }
  const wanted = new Map([...Object.entries(request.settings), ...Object.entries(request.parameters)]);
  const changes = [...wanted].filter(([name, value]) => told.get(name) !== value);
  const dropped = [...told.keys()].filter((name) => !name.startsWith("param_") && !wanted.has(name));
  if (changes.length + dropped.length > 0) {
    // A half applied list of settings is told again.
    for (const [name] of changes) told.delete(name);
    const list = [
      ...changes.map(([name, value]) => `${name} = ${quote(value)}`),
      ...dropped.map((name) => `${name} = DEFAULT`),
    ];
    session.query(`SET ${list.join(", ")}`);
    for (const [name, value] of changes) told.set(name, value);
    for (const name of dropped) told.delete(name);
  }
  return session.query(request.statement + request.rows, request.format);
}

const statuses: Readonly<Record<string, number>> = {
  60: 404,
  81: 404,
  47: 404,
  497: 403,
  516: 403,
  159: 408,
  241: 500,
};

function answer(response: ServerResponse, request: FrontRequest): void {
  try {
    const text = run(request);
    const rows = { read_rows: "0", read_bytes: "0", written_rows: "0", written_bytes: "0", result_rows: "0" };
    response.setHeader("X-ClickHouse-Summary", JSON.stringify({ ...rows, elapsed_ns: "0" }));
    response.setHeader("X-ClickHouse-Format", request.format);
    const body = Buffer.from(text ?? "");
    if (request.takesGzip) response.setHeader("Content-Encoding", "gzip").end(gzipSync(body));
    else response.end(body);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = /Code: (\d+)/.exec(message)?.[1] ?? "1002";
    response.statusCode = statuses[code] ?? 500;
    response.setHeader("X-ClickHouse-Exception-Code", code);
    response.end(/Code: \d+/.test(message) ? message : `Code: 1002. DB::Exception: ${message} (UNKNOWN_EXCEPTION)`);
  }
}

const server = createServer((message, response) => {
  if (message.url?.startsWith("/ping")) {
    response.end("Ok.\n");
    return;
  }
  readRequest(message).then(
    (request) => answer(response, request),
    // The client went away in the middle of its request: there is nobody to answer.
    () => response.destroy(),
  );
});
server.keepAliveTimeout = 60_000;
// Whoever started this holds the other end, which closes when that process is gone, however it went.
process.stdin.resume().on("end", () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === "object" ? address?.port : undefined }));
});
