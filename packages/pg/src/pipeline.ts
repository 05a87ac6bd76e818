import type { CopiedRows, SqlRow, SqlValue, Statement, StatementResult } from "@stowage/sql";
import type { PreparedStatements } from "./prepared.ts";
import { decoderOf } from "./values.ts";

/** What this needs of a connection of the `pg` client: the messages of the extended protocol, written in one piece. */
export interface WireConnection {
  readonly stream: { readonly writable?: boolean; cork?(): void; uncork?(): void; write(data: Uint8Array): unknown };
  parse(message: { name: string; text: string; types: number[] }): void;
  bind(message: { statement: string; values: (string | null)[] }): void;
  describe(message: { type: "P"; name: string }): void;
  execute(message: { rows: number }): void;
  close(message: { type: "S"; name: string }): void;
  endCopyFrom(): void;
  sync(): void;
}

/** How a pipeline ended badly. */
export interface PipelineFailure {
  readonly error: unknown;
  /** How many statements had been answered. */
  readonly completed: number;
  /** Whether the server itself said so; otherwise the connection broke, or the answer is late. */
  readonly fromServer: boolean;
  /** Whether anything was sent at all. */
  readonly submitted: boolean;
}

/** The kinds of column that each statement text gives, so that a server is asked once. */
export type Shapes = Map<string, readonly (((text: string) => SqlValue) | undefined)[]>;

const capacity = 2000;

/**
 * A list of statements as one request: every message up to a single Sync is sent at once, which makes them one transaction on
 * the server unless they begin one themselves. Statements of the same text that follow each other are parsed once. An object
 * of this kind is what the `pg` client calls a submittable.
 */
export class Pipeline {
  /** Set by whoever hands the pipeline to a client; the client calls it when a query timeout of its own strikes. */
  callback: (error?: Error) => void = () => {};
  /** How long the client waits for the whole answer, in milliseconds, instead of as long as it is configured to. */
  readonly query_timeout?: number;
  private readonly statements: readonly Statement[];
  private readonly shapes: Shapes;
  private readonly prepared: PreparedStatements;
  private readonly copies: boolean;
  private readonly settle: (failure: PipelineFailure | undefined, results: StatementResult[]) => void;
  private readonly results: StatementResult[] = [];
  private rows: SqlRow[] = [];
  private decoders: readonly (((text: string) => SqlValue) | undefined)[] | undefined;
  private connection: WireConnection | undefined;
  private readonly names = new Set<string>();
  /** Why a value could not be decoded. */
  private undecodable: unknown;
  private settled = false;

  constructor(
    statements: readonly Statement[],
    options: {
      readonly shapes: Shapes;
      readonly prepared: PreparedStatements;
      /** Whether rows go as they were made ready for copying. */
      readonly copies: boolean;
      readonly queryTimeout?: number;
      readonly settle: (failure: PipelineFailure | undefined, results: StatementResult[]) => void;
    },
  ) {
    this.statements = statements;
    this.shapes = options.shapes;
    this.prepared = options.prepared;
    this.copies = options.copies;
    if (options.queryTimeout !== undefined) this.query_timeout = options.queryTimeout;
    this.settle = options.settle;
  }

  submit(connection: WireConnection): Error | null {
    const { stream } = connection;
    if (stream.writable === false) return new Error("Connection terminated before the request");
    this.connection = connection;
    stream.cork?.();
    try {
      let parsed: string | undefined;
      for (const statement of this.statements) {
        if (this.copies && statement.copied) {
          copy(connection, statement.copied);
          parsed = undefined;
          continue;
        }
        const { sql, args } = statement;
        const { name, mustParse, mustClose } = this.prepared.namingOf(connection, sql);
        if (name ? mustParse && !this.names.has(name) : sql !== parsed) {
          if (mustClose) connection.close({ type: "S", name });
          connection.parse({ name, text: sql, types: [] });
        }
        if (name) this.names.add(name);
        else parsed = sql;
        connection.bind({ statement: name, values: args.map(asText) });
        if (!this.shapes.has(sql)) connection.describe({ type: "P", name: "" });
        connection.execute({ rows: 0 });
      }
      connection.sync();
    } finally {
      stream.uncork?.();
    }
    this.next();
    return null;
  }

  handleRowDescription({ fields }: { fields: readonly { dataTypeID: number }[] }): void {
    const sql = this.statements[this.results.length]?.sql ?? "";
    this.decoders = fields.map(({ dataTypeID }) => decoderOf(dataTypeID));
    if (this.shapes.size < capacity) this.shapes.set(sql, this.decoders);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const { decoders = [] } = this;
    const row = fields as SqlRow;
    try {
      for (let i = 0; i < row.length; i++) {
        const decode = decoders[i];
        if (decode && row[i] !== null) row[i] = decode(row[i] as string);
      }
    } catch (error) {
      // Thrown from here it would reach nobody: this is called as bytes arrive.
      this.undecodable ??= error;
    }
    this.rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const sql = this.statements[this.results.length]?.sql;
    // A statement without rows has no description; the next time none is asked for.
    if (sql !== undefined && !this.shapes.has(sql) && this.shapes.size < capacity) this.shapes.set(sql, []);
    this.results.push({ rows: this.rows, changes: changesOf(text) });
    this.next();
  }

  handleEmptyQuery(): void {
    this.results.push({ rows: [], changes: 0 });
    this.next();
  }

  handleReadyForQuery(): void {
    const { undecodable: error } = this;
    const { length: completed } = this.results;
    this.end(error === undefined ? undefined : { error, completed, fromServer: false, submitted: true });
  }

  /** The server refused a statement, or the connection is gone. */
  handleError(error: unknown): void {
    const fromServer = typeof (error as { severity?: unknown })?.severity === "string";
    this.end({ error, completed: this.results.length, fromServer, submitted: this.connection !== undefined });
  }

  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}

  private next(): void {
    this.rows = [];
    this.decoders = this.shapes.get(this.statements[this.results.length]?.sql ?? "");
  }

  private end(failure: PipelineFailure | undefined): void {
    if (this.settled) return;
    this.settled = true;
    if (this.connection) this.prepared.ended(this.connection, this.names, failure?.error);
    this.settle(failure, this.results);
    this.callback();
  }
}

/** All of it at once: should the server refuse the statement, it leaves the rows unread that follow it. */
function copy(connection: WireConnection, { sql, data }: CopiedRows): void {
  connection.parse({ name: "", text: sql, types: [] });
  connection.bind({ statement: "", values: [] });
  connection.execute({ rows: 0 });
  // The client itself would copy the data once more to put its head before it.
  const head = Buffer.from("d\0\0\0\0");
  head.writeUInt32BE(4 + data.length, 1);
  connection.stream.write(head);
  connection.stream.write(data);
  connection.endCopyFrom();
}

const asText = (value: SqlValue): string | null =>
  value === null ? null : typeof value === "string" ? value : String(value);

/** `INSERT 0 5`, `UPDATE 1`, `SELECT 3`: the number at the end. */
function changesOf(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(" ") + 1));
  return Number.isNaN(count) ? 0 : count;
}
