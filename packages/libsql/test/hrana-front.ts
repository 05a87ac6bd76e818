import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Database from "libsql";

type Value =
  | { type: "null" }
  | { type: "integer"; value: string }
  | { type: "float"; value: number }
  | { type: "text"; value: string }
  | { type: "blob"; base64: string };

interface Stmt {
  sql?: string;
  sql_id?: number;
  args?: Value[];
}

type Condition =
  | { type: "ok" | "error"; step: number }
  | { type: "not"; cond: Condition }
  | { type: "and" | "or"; conds: Condition[] }
  | { type: "is_autocommit" };

interface Request {
  type: string;
  sql?: string;
  sql_id?: number;
  stmt?: Stmt;
  batch?: { steps: { stmt: Stmt; condition?: Condition }[] };
}

/** A stream: a connection of its own, and the statement texts it was given to keep. */
interface Stream {
  readonly database: Database.Database;
  readonly texts: Map<number, string>;
}

/** What the next request meets instead of an answer. */
export type Fault = "drop before" | "drop after" | "cut" | number;

/**
 * A server that speaks Hrana 2 over HTTP on a free port of this machine, as libSQL servers do, over the native library: the
 * client at the other end is the real one, and so is the engine.
 */
export class HranaFront {
  /** Bodies received so far: the number of round trips. */
  requests = 0;
  /** Requests that went on with the stream of an earlier one. */
  streamsGivenBack = 0;
  private readonly path: string;
  private readonly server: Server;
  private readonly streams = new Map<string, Stream>();
  /** Connections of streams that ended, for the next ones. */
  private readonly idle: Database.Database[] = [];
  private readonly faults: Fault[] = [];

  private constructor(path: string) {
    this.path = path;
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  /** Serves the database in a file. */
  static async start(path: string): Promise<HranaFront> {
    const front = new HranaFront(path);
    const database = new Database(path);
    database.exec("PRAGMA journal_mode = WAL");
    database.close();
    await new Promise<void>((resolve) => front.server.listen(0, "127.0.0.1", resolve));
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** Lets the requests to come meet these faults, one each: the connection breaks, or a status is answered. */
  fail(...faults: Fault[]): void {
    this.faults.push(...faults);
  }

  async stop(): Promise<void> {
    for (const stream of this.streams.values()) this.endStream(stream);
    for (const database of this.idle) database.close();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests++;
    const fault = this.faults.shift();
    if (fault === "drop before") return void request.socket.destroy();
    if (typeof fault === "number") return void response.writeHead(fault).end("refused");
    if (request.url !== "/v2/pipeline") return void response.writeHead(404).end();
    const answer = this.pipeline(JSON.parse(Buffer.concat(chunks).toString()));
    if (fault === "drop after") return void request.socket.destroy();
    const text = JSON.stringify(answer);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    response.writeHead(200, headers);
    if (fault === "cut") response.write(text.slice(0, 20), () => request.socket.destroy());
    else response.end(text);
  }

  private pipeline({ baton, requests }: { baton?: string; requests: Request[] }) {
    const stream = (baton && this.streams.get(baton)) || this.openStream();
    if (baton) {
      this.streams.delete(baton);
      this.streamsGivenBack++;
    }
    let isOpen = true;
    const results = requests.map((request) => {
      try {
        if (request.type === "close") {
          isOpen = false;
          this.endStream(stream);
          return { type: "ok", response: { type: "close" } };
        }
        return { type: "ok", response: { type: request.type, ...respond(stream, request) } };
      } catch (error) {
        return { type: "error", error: describe(error) };
      }
    });
    const next = isOpen ? randomUUID() : null;
    if (next) this.streams.set(next, stream);
    return { baton: next, base_url: null, results };
  }

  private openStream(): Stream {
    const database = this.idle.pop() ?? new Database(this.path, { timeout: 50 } as Database.Options);
    database.exec("PRAGMA synchronous = OFF");
    return { database, texts: new Map() };
  }

  private endStream({ database }: Stream): void {
    if (database.inTransaction) database.exec("ROLLBACK");
    this.idle.push(database);
  }
}

function respond(stream: Stream, request: Request): object {
  switch (request.type) {
    case "store_sql":
      stream.texts.set(request.sql_id as number, request.sql as string);
      return {};
    case "close_sql":
      stream.texts.delete(request.sql_id as number);
      return {};
    case "sequence":
      stream.database.exec(request.sql ?? (stream.texts.get(request.sql_id as number) as string));
      return {};
    case "get_autocommit":
      return { is_autocommit: !stream.database.inTransaction };
    case "execute":
      return { result: execute(stream, request.stmt as Stmt) };
    case "batch":
      return { result: batch(stream, request.batch?.steps ?? []) };
    default:
      throw new Error(`unknown request ${request.type}`);
  }
}

function batch(stream: Stream, steps: { stmt: Stmt; condition?: Condition }[]) {
  const results: (object | null)[] = [];
  const errors: (object | null)[] = [];
  const holds = (condition: Condition): boolean => {
    switch (condition.type) {
      case "ok":
        return results[condition.step] != null;
      case "error":
        return errors[condition.step] != null;
      case "not":
        return !holds(condition.cond);
      case "and":
        return condition.conds.every(holds);
      case "or":
        return condition.conds.some(holds);
      case "is_autocommit":
        return !stream.database.inTransaction;
    }
  };
  for (const { stmt, condition } of steps) {
    let result: object | null = null;
    let error: object | null = null;
    if (!condition || holds(condition)) {
      try {
        result = execute(stream, stmt);
      } catch (thrown) {
        error = describe(thrown);
      }
    }
    results.push(result);
    errors.push(error);
  }
  return { step_results: results, step_errors: errors };
}

function execute({ database, texts }: Stream, { sql, sql_id, args = [] }: Stmt) {
  const statement = database.prepare<[unknown[]]>(sql ?? (texts.get(sql_id as number) as string));
  const values = args.map(fromWire);
  if (!statement.reader) {
    const { changes } = statement.run(values);
    return { cols: [], rows: [], affected_row_count: changes, last_insert_rowid: null };
  }
  statement.raw(true).safeIntegers(true);
  const cols = statement.columns().map(({ name, type }) => ({ name, decltype: type }));
  const rows = (statement.all(values) as unknown[][]).map((row) => row.map(toWire));
  return { cols, rows, affected_row_count: 0, last_insert_rowid: null };
}

function fromWire(value: Value): unknown {
  switch (value.type) {
    case "null":
      return null;
    case "integer":
      return BigInt(value.value);
    case "blob":
      return Buffer.from(value.base64, "base64");
    default:
      return value.value;
  }
}

function toWire(value: unknown): Value {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  return { type: "blob", base64: Buffer.from(value as Uint8Array).toString("base64") };
}

function describe(error: unknown): { message: string; code: string } {
  const { message, code } = error as { message: string; code?: string };
  // Servers tell the primary code and put the rest into the message.
  const primary = /^SQLITE_[A-Z]+/.exec(code ?? "")?.[0] ?? "UNKNOWN";
  return { message: `SQLite error: ${message}`, code: primary };
}
