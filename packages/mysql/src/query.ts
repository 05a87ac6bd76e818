import type { SqlRow, StatementResult } from "@stowage/sql";
import type { ClientLike } from "./clients.ts";
import { endsSession, errnoOf, scrubbed } from "./errors.ts";

/** A request did not succeed. `cause` is the client's or the server's error. */
export class RequestFailure extends Error {
  /** How many statements had been answered. */
  readonly completed: number;
  /** Whether all statements were on their way by then. */
  readonly sentAll: boolean;

  constructor(completed: number, sentAll: boolean, cause: unknown) {
    super("a request failed", { cause });
    this.name = "RequestFailure";
    this.completed = completed;
    this.sentAll = sentAll;
  }

  /** The server answered with this error; otherwise the connection broke, or the answer is late. */
  get fromServer(): boolean {
    return errnoOf(this.cause) > 0;
  }

  /** The session is gone, or of no use any more. */
  get isBroken(): boolean {
    return endsSession(this.cause);
  }
}

/** Milliseconds to wait for the answer to a request, unless told otherwise. */
const longestAnswer = 120_000;

interface Header {
  readonly affectedRows?: number;
  readonly insertId?: number;
}

/** Sends so many statements as one text and gives what each gave. How a pool is set to read values has no say in it. */
export function query(
  client: ClientLike,
  sql: string,
  count: number,
  timeout = longestAnswer,
): Promise<StatementResult[]> {
  const options = {
    ...{ sql, values: [], rowsAsArray: true, nestTables: false, typeCast: decode },
    timeout,
  };
  return new Promise((resolve, reject) => {
    let completed = 0;
    const command = client.query(options, (error, results) => {
      if (error) reject(new RequestFailure(completed, wasSent(error), scrubbed(error)));
      else resolve((count === 1 ? [results] : (results as unknown[])).map(toResult));
    });
    command.on("fields", () => {
      completed++;
    });
  });
}

/** A connection that is known to be closed sends nothing any more. */
const wasSent = (error: unknown) => !/in closed state$/.test(String((error as { message?: unknown }).message));

/** A statement that changes a revision tells it where others tell the number of a new row. */
function toResult(result: unknown): StatementResult {
  if (Array.isArray(result)) return { rows: result as SqlRow[], changes: 0 };
  const { affectedRows = 0, insertId = 0 } = (result ?? {}) as Header;
  return { rows: insertId > 0 ? [[insertId]] : [], changes: affectedRows };
}

interface Field {
  readonly type: string;
  string(encoding?: string): string | null;
}

function decode(field: Field, next: () => unknown): unknown {
  switch (field.type) {
    case "TINY":
    case "SHORT":
    case "LONG":
    case "INT24":
    case "FLOAT":
    case "DOUBLE":
    case "NULL":
      return next();
    case "LONGLONG":
    case "DECIMAL":
    case "NEWDECIMAL": {
      const text = field.string("latin1");
      return text === null ? null : Number(text);
    }
    default:
      return field.string("utf8");
  }
}
