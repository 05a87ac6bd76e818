import { isStorageError } from "@stowage/core/engine";
import { Gathering, type SqlRow, type Statement } from "@stowage/sql";
import { endsSession, translate } from "./errors.ts";
import { RequestFailure } from "./requests.ts";

/** Answers statements from one snapshot, in one request. */
type Send = (statements: readonly Statement[]) => Promise<SqlRow[][]>;

interface Call {
  readonly statements: readonly Statement[];
  resolve(answers: SqlRow[][]): void;
  reject(error: unknown): void;
}

/**
 * Many reads at once as few requests. Reads of a request share a snapshot, which is taken after all of them were asked for.
 */
export class JoinedReads {
  private readonly send: Send;
  private readonly gathering: Gathering<Call>;

  constructor(send: Send) {
    this.send = send;
    this.gathering = new Gathering({
      soon: (flush) => process.nextTick(flush),
      run: (calls) => this.answer(calls),
    });
  }

  read(statements: readonly Statement[]): Promise<SqlRow[][]> {
    return new Promise((resolve, reject) => this.gathering.add({ statements, resolve, reject }));
  }

  private async answer(calls: readonly Call[]): Promise<void> {
    try {
      const answers = await this.send(calls.flatMap(({ statements }) => statements));
      let at = 0;
      for (const { statements, resolve } of calls) resolve(answers.slice(at, (at += statements.length)));
    } catch (error) {
      // The server refused a statement of one of them, and the others have done nothing wrong.
      if (calls.length > 1 && isRefusal(error)) await Promise.all(calls.map((call) => this.answer([call])));
      else for (const { reject } of calls) reject(ownError(error));
    }
  }
}

const isRefusal = (error: unknown) => error instanceof RequestFailure && error.fromServer && !endsSession(error.cause);

/** An error for one caller alone: the name of the operation is written into it on its way out. */
const ownError = (error: unknown) =>
  translate(error instanceof RequestFailure || isStorageError(error) ? (error.cause ?? error) : error);
