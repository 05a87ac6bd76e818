/** What may be said of one request apart from its pool; older versions of the client take no notice. */
export interface RequestLimits {
  /** Milliseconds. */
  readonly requestTimeout: number;
}

/** What is needed of a request of the `mssql` client. */
export interface RequestLike {
  arrayRowMode?: boolean;
  stream?: boolean;
  input(name: string, value: unknown): unknown;
  input(name: string, type: unknown, value: unknown): unknown;
  query(text: string): Promise<{ readonly recordsets: unknown }>;
  batch(text: string): Promise<unknown>;
  cancel(): void;
}

export interface TransactionLike {
  begin(isolationLevel?: number): Promise<unknown>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  request(limits?: RequestLimits): RequestLike;
}

/** What is needed of a pool: a `ConnectionPool` of `mssql`, whatever driver is below it. */
export interface PoolLike {
  readonly connected: boolean;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  request(limits?: RequestLimits): RequestLike;
  transaction(): TransactionLike;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** Whether a request has a connection already. It gets its own way to cancel together with one. */
export const isUnderWay = (request: RequestLike): boolean => Object.hasOwn(request, "_cancel");
