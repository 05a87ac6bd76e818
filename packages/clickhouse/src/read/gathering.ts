import type { CallOptions } from "@stowage/core/engine";
import type { Connection, ResultRow, Statement } from "../connection.ts";

type Visit = (row: ResultRow) => boolean;

interface Asked {
  readonly statement: Statement;
  readonly visit: Visit;
  resolve(): void;
  reject(error: unknown): void;
}

/** So many characters of SQL go in one request: the server takes 262,144 bytes. */
const longestText = 100_000;

/** Gathers the statements that are asked for at the same moment into one request, so that a read of several tables is one. */
export class Gathering {
  private readonly connection: Connection;
  private readonly options: CallOptions;
  private readonly waiting: Asked[] = [];

  constructor(connection: Connection, options: CallOptions) {
    this.connection = connection;
    this.options = options;
  }

  /**
   * Gives each row of the statement to `visit`, in the order of the statement, until that says no more. Rows that come all the
   * same when others are sent beside it are passed over.
   */
  stream(statement: Statement, visit: Visit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ statement, visit, resolve, reject });
      if (this.waiting.length === 1) queueMicrotask(() => this.send());
    });
  }

  private send(): void {
    for (const part of cut(this.waiting.splice(0))) void this.answer(part);
  }

  private async answer(part: readonly Asked[]): Promise<void> {
    try {
      await this.ask(part);
      for (const { resolve } of part) resolve();
    } catch (error) {
      for (const { reject } of part) reject(error);
    }
  }

  private ask(part: readonly Asked[]): Promise<void> {
    const [first] = part;
    if (part.length === 1 && first) return this.connection.stream(first.statement, first.visit, this.options);
    const isDone = part.map(() => false);
    let left = part.length;
    return this.connection.streams(
      part.map(({ statement }) => statement),
      (index, row) => {
        if (!isDone[index] && !part[index]?.visit(row)) {
          isDone[index] = true;
          left--;
        }
        return left > 0;
      },
      this.options,
    );
  }
}

/** In order, each part as long as may be. */
function* cut(asked: readonly Asked[]): Generator<readonly Asked[]> {
  let part: Asked[] = [];
  let length = 0;
  for (const each of asked) {
    length += each.statement.sql.length;
    if (length > longestText && part.length > 0) {
      yield part;
      part = [];
      length = each.statement.sql.length;
    }
    part.push(each);
  }
  yield part;
}
