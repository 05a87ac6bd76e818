import { type CallOptions, checkCall } from "@stowage/core/engine";
import {
  type BatchConnection,
  BatchFailure,
  placeTold,
  type SqlRow,
  type Statement,
  type StatementResult,
} from "@stowage/sql";
import { translateWrite } from "./errors.ts";
import type { Way } from "./ways.ts";

/** A D1 database, whichever way it is reached. */
export class D1Connection implements BatchConnection {
  readonly kind = "batch";
  private readonly way: Way;

  constructor(way: Way) {
    this.way = way;
  }

  async read(statements: readonly Statement[], options?: CallOptions): Promise<SqlRow[][]> {
    const [only] = statements;
    if (only && statements.length === 1 && this.way.ask) {
      if (options) checkCall(options);
      return [await this.way.ask(only)];
    }
    const results: StatementResult[] = [];
    for (const list of this.requests(statements)) {
      checkCall(options);
      results.push(...(await this.way.send(list)));
    }
    return results.map(({ rows }) => rows as SqlRow[]);
  }

  async batch(statements: readonly Statement[], options?: CallOptions): Promise<StatementResult[]> {
    const results: StatementResult[] = [];
    for (const list of this.requests(statements)) {
      checkCall(options);
      try {
        results.push(...(await this.way.send(list)));
      } catch (error) {
        // A list fails as a whole and only a guard tells its place; a single statement has its own.
        const place = list.length > 1 ? placeTold(String((error as Error)?.message)) : results.length;
        const failure = translateWrite(error);
        throw place === undefined || failure !== error ? failure : new BatchFailure(place, error);
      }
    }
    return results;
  }

  /** D1 has no snapshot over several requests: what a later one sees may be newer. */
  async snapshot<Result>(work: (read: BatchConnection["read"]) => Promise<Result>): Promise<Result> {
    return work((statements, options) => this.read(statements, options));
  }

  /** Binding and client are the caller's, and the REST interface holds nothing open. */
  async close(): Promise<void> {}

  private requests(statements: readonly Statement[]): readonly (readonly Statement[])[] {
    return this.way.takesBatches ? [statements] : statements.map((statement) => [statement]);
  }
}
