import { type CallOptions, checkCall, StorageError } from "@stowage/core/engine";
import type { SqlRow, SqlValue, Statement } from "@stowage/sql";
import sql from "mssql";
import { isUnderWay, type RequestLike } from "./clients.ts";

/** Rows of one SELECT, with the names of its columns. */
export interface RowSet {
  readonly names: readonly string[];
  readonly rows: SqlRow[];
}

/** A request that did not succeed. `cause` is the client's error. */
export class RequestFailure extends Error {
  /** Whether the request went out to the server; without that nothing happened. */
  readonly sent: boolean;

  constructor(sent: boolean, cause: unknown) {
    super("a request failed", { cause });
    this.name = "RequestFailure";
    this.sent = sent;
  }
}

export interface SendOptions {
  readonly call: CallOptions | undefined;
  /** Whether it may be cancelled once it is under way. */
  readonly cancellable: boolean;
  /** Whether the pool is one of the same copy of the client, which knows our types. */
  readonly typed: boolean;
}

/** Statements with `?` as one text with `@p1`, `@p2` and so on, and all their arguments. */
export function numbered(statements: readonly Statement[]): { readonly texts: string[]; readonly args: SqlValue[] } {
  let count = 0;
  const texts = statements.map(({ sql: text }) =>
    text.replace(/\[(?:[^\]]|\]\])*\]|'(?:[^']|'')*'|\?/g, (part) => (part === "?" ? `@p${++count}` : part)),
  );
  return { texts, args: statements.flatMap(({ args }) => args) };
}

/** Sends one text and gives what its SELECTs gave. */
export async function send(
  request: RequestLike,
  text: string,
  args: readonly SqlValue[],
  { call, cancellable, typed }: SendOptions,
): Promise<RowSet[]> {
  checkCall(call);
  // Whatever the pool's own default is.
  request.arrayRowMode = true;
  request.stream = false;
  args.forEach((value, index) => {
    const name = `p${index + 1}`;
    if (typed) request.input(name, typeOf(value), bindable(value));
    else request.input(name, bindable(value));
  });
  // Until the request has a connection, nothing is lost when it is given up.
  const isOver = bounded(call, () => cancellable || !isUnderWay(request));
  try {
    const answer = request.query(text).then(({ recordsets }) => (recordsets as Recordset[]).map(toRowSet));
    return await Promise.race([answer, isOver.promise]);
  } catch (error) {
    if (isOver.happened) request.cancel();
    else if (!(error instanceof StorageError)) throw new RequestFailure(wasSent(error), error);
    throw error;
  } finally {
    isOver.stop();
  }
}

/** What the client says of a request that it did not send: a parameter it refuses, a connection that takes none. */
const unsent = ["EPARAM", "EARGS", "EINVALIDSTATE"];

/** Without a connection nothing is sent. In doubt it was. */
const wasSent = (error: unknown): boolean => {
  const { name, code } = error as { name?: string; code?: string };
  return !["ConnectionError", "TimeoutError"].includes(name ?? "") && !unsent.includes(code ?? "");
};

/** Rejects when the call is aborted or its deadline passes, if `mayEnd` says so at that moment. */
function bounded({ signal, deadline }: CallOptions = {}, mayEnd: () => boolean) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const state = {
    happened: false,
    promise: new Promise<never>((_, reject) => {
      const end = (error: () => StorageError) => {
        if (!mayEnd()) return;
        state.happened = true;
        reject(error());
      };
      onAbort = () => end(() => new StorageError("the call was aborted", { code: "aborted", cause: signal?.reason }));
      signal?.addEventListener("abort", onAbort, { once: true });
      if (deadline !== undefined) {
        const late = () => new StorageError("the call ran out of time", { code: "timeout", retry: "exhausted" });
        timer = setTimeout(() => end(late), Math.max(0, deadline - Date.now()));
      }
    }),
    stop() {
      clearTimeout(timer);
      if (onAbort) signal?.removeEventListener("abort", onAbort);
    },
  };
  return state;
}

/** Few types of parameter, so that the server makes few plans: strings of two lengths, whole numbers, other numbers. */
function typeOf(value: SqlValue): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? sql.BigInt() : sql.Float();
  return typeof value === "string" && value.length > 4000 ? sql.NVarChar(sql.MAX) : sql.NVarChar(4000);
}

const bindable = (value: SqlValue) => (typeof value === "bigint" ? String(value) : value);

type Recordset = unknown[][] & { readonly columns: readonly { readonly name: string; readonly type: unknown }[] };

/** `BIGINT` comes as text and `BIT` as a boolean; here both are numbers. */
function toRowSet(recordset: Recordset): RowSet {
  const { columns } = recordset;
  const big = columns.map(({ type }) => (type as { name?: string })?.name === "BigInt" || type === sql.BigInt);
  const rows = recordset.map((row) =>
    row.map((value, at): SqlValue => {
      if (typeof value === "boolean") return value ? 1 : 0;
      return big[at] && value !== null ? Number(value) : (value as SqlValue);
    }),
  );
  return { names: columns.map(({ name }) => name), rows };
}
