import type { CallOptions } from "@stowage/core/engine";
import type { KvAnswer, KvPort, KvRequest } from "./port.ts";

/**
 * One read in progress: names the requests it needs next and takes their answers, until it is done. The reads of a list go
 * round together, so that each round is one request of the database.
 */
export interface Reading {
  /** Empty when the result is there. */
  requests(): readonly KvRequest[];
  accept(answers: readonly KvAnswer[]): void;
  result(): unknown;
}

/** A read of requests that are known beforehand. */
export function settled(requests: readonly KvRequest[], toResult: (answers: readonly KvAnswer[]) => unknown): Reading {
  let left = requests;
  let value = left.length === 0 ? toResult([]) : undefined;
  return {
    requests: () => left,
    accept(answers) {
      value = toResult(answers);
      left = [];
    },
    result: () => value,
  };
}

/** Brings readings to their end, all of them together in each round. */
export async function readAll(port: KvPort, readings: readonly Reading[], options: CallOptions): Promise<unknown[]> {
  for (;;) {
    const wanted = readings.map((reading) => reading.requests());
    const requests = wanted.flat();
    if (requests.length === 0) return readings.map((reading) => reading.result());
    const answers = await port.read(requests, options);
    let at = 0;
    for (const [index, { length }] of wanted.entries()) {
      if (length > 0) readings[index]?.accept(answers.slice(at, at + length));
      at += length;
    }
  }
}
