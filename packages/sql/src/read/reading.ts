import type { SqlRow, Statement } from "../connection.ts";

/**
 * One read in progress. A read names the statements it needs next and takes their rows, until it is done: most need one
 * round, some walk on. The reads of a list go round together, so that each round is one request.
 */
export interface Reading {
  /** Whether there may be a second round; the rounds of one call must then see one state of the database. */
  readonly walksOn: boolean;
  /** What to run next; empty when the result is there. */
  statements(): readonly Statement[];
  /** The rows of those statements, in order. */
  accept(rows: readonly (readonly SqlRow[])[]): void;
  /** Once {@link statements} is empty. */
  result(): unknown;
}

/** A read of statements that are known beforehand. */
export function settled<Result>(
  statements: readonly Statement[],
  toResult: (rows: readonly (readonly SqlRow[])[]) => Result,
): Reading {
  let left = statements;
  let value = left.length === 0 ? toResult([]) : undefined;
  return {
    walksOn: false,
    statements: () => left,
    accept(rows) {
      value = toResult(rows);
      left = [];
    },
    result: () => value,
  };
}

/** A round of several readings: what they need together, and how its answer is dealt out. Empty when all are done. */
export function roundOf(readings: readonly Reading[]): { statements: readonly Statement[]; deal: Deal } {
  if (readings.length === 1) {
    const [only] = readings as [Reading];
    return { statements: only.statements(), deal: (answers) => only.accept(answers) };
  }
  const wanted = readings.map((reading) => reading.statements());
  return {
    statements: wanted.flat(),
    deal(answers) {
      let at = 0;
      readings.forEach((reading, index) => {
        const count = wanted[index]?.length ?? 0;
        if (count > 0) reading.accept(answers.slice(at, at + count));
        at += count;
      });
    },
  };
}

type Deal = (answers: readonly (readonly SqlRow[])[]) => void;
