/** As much of a Worker's `D1Database` as is used. */
export interface D1Binding extends D1Statements {
  /** Absent in old runtimes. */
  withSession?(start?: string): D1Session;
}

/** What prepares and runs statements: the database, or a session of it. */
export interface D1Statements {
  prepare(sql: string): D1Prepared;
  batch(statements: never[]): Promise<D1QueryResult[]>;
}

/** Reads of one session see what it wrote, whichever copy of the database answers. */
export interface D1Session extends D1Statements {
  /** How far the session has got; `null` before its first answer. */
  getBookmark(): string | null;
}

export interface D1Prepared {
  bind(...values: unknown[]): D1Prepared;
  /** The rows of the statement, each as an array of its columns. */
  raw(): Promise<unknown[]>;
}

/** What one statement gave, as D1 itself puts it. */
export interface D1QueryResult {
  readonly results?: readonly object[];
  readonly meta?: { readonly changes?: number };
}

/**
 * A client of one's own. With `batch`, which runs its statements in one transaction, it is as good as a binding; without it
 * the store keeps a journal, and every batch takes several requests.
 */
export interface D1Client {
  query(statement: { sql: string; params: unknown[] }): Promise<D1ClientAnswer>;
  /** Runs the statements in order, all or none. */
  batch?(statements: { sql: string; params: unknown[] }[]): Promise<D1ClientAnswer>;
}

/** The results of each statement, bare or under `result`, as Cloudflare's own client gives them. */
export type D1ClientAnswer =
  | D1QueryResult
  | readonly D1QueryResult[]
  | { readonly result: D1QueryResult | readonly D1QueryResult[] };
