import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operationByKey } from "../operations.ts";
import { median } from "../statistics.ts";
import { Runtime } from "./runtime.ts";
import type { Answer, Order } from "./worker.ts";

export const workers = ["stowage", "peer"] as const;
export type WorkerKey = (typeof workers)[number];

/**
 * What the peer has domains for, readers first: the others change what they would find. Turns of a piece: the clock of a
 * Worker shows whole milliseconds, so that a piece has to take some dozens of them. A run is persisted ten times, with one
 * step more each time.
 */
const measured: Readonly<Record<string, number>> = {
  "last-40-total": 10,
  "last-40": 10,
  "thread-get": 60,
  "run-load": 30,
  "scores-list": 20,
  "save-2": 20,
  "save-100": 2,
  "thread-update": 40,
  "run-persist": 20,
  "step-small": 30,
  "step-200": 8,
  "steps-16": 6,
  "score-save": 40,
};

/**
 * Pieces of a round, in which the two take turns: a request takes a few milliseconds, and what else a machine does comes and
 * goes in seconds.
 */
const pieces = 5;

/** Requests of a piece that stand in no store. */
const bareTurns = 30;

/** Medians over the pieces of all rounds, or why there are none. */
export type Result = Answer | { readonly error: string };

export interface Line {
  readonly key: string;
  readonly title: string;
  readonly results: Readonly<Record<WorkerKey, Result>>;
  /** Milliseconds of a request that stands in no store, measured in between. */
  readonly bare: number;
}

export interface D1Options {
  readonly rounds: number;
  readonly quick: boolean;
  readonly only: RegExp | undefined;
  readonly progress: (text: string) => void;
}

/** Measures Stowage and its peer, each in a Worker with a database of its own, which take turns. */
export async function runD1({ rounds, quick, only, progress }: D1Options): Promise<Line[]> {
  const folder = mkdtempSync(join(tmpdir(), "stowage-bench-d1-"));
  const runtimes = {} as Record<WorkerKey, Runtime>;
  try {
    for (const key of workers) {
      progress(`filling the store (${key})`);
      runtimes[key] = await Runtime.start(key, folder);
      for (const fill of ["memory", "workflows", "scores"] as const) await runtimes[key].send({ fill, quick });
    }
    const lines: Line[] = [];
    // One round more, that is not counted: what is met for the first time takes longer.
    const parts = quick ? 1 : pieces;
    const turnsOf = (turns: number) => (quick ? 1 : turns);
    const inTurns = async (title: string, order: Order): Promise<Pick<Line, "results" | "bare">> => {
      const bare: number[] = [];
      const found: Record<WorkerKey, Answer[]> = { stowage: [], peer: [] };
      const errors: Partial<Record<WorkerKey, string>> = {};
      for (let part = quick ? 0 : -parts; part < rounds * parts; part++) {
        progress(`${title}: round ${Math.floor(part / parts) + 1} of ${rounds}`);
        const { time } = await runtimes.stowage.send({ bare: true, turns: turnsOf(bareTurns) });
        if (part >= 0) bare.push(time);
        for (const worker of part % 2 === 0 ? workers : workers.toReversed()) {
          if (errors[worker] !== undefined) continue;
          try {
            const answer = await runtimes[worker].send(order);
            if (part >= 0) found[worker].push(answer);
          } catch (error) {
            errors[worker] = error instanceof Error ? error.message : String(error);
          }
        }
      }
      const resultOf = (worker: WorkerKey): Result => {
        const error = errors[worker];
        return error === undefined ? middleOf(found[worker]) : { error };
      };
      return { bare: median(bare), results: { stowage: resultOf("stowage"), peer: resultOf("peer") } };
    };
    for (const [key, turns] of Object.entries(measured)) {
      const { title } = operationByKey.get(key) ?? { title: key };
      if (only && !only.test(key) && !only.test(title)) continue;
      lines.push({ key, title, ...(await inTurns(title, { operation: key, turns: turnsOf(turns), quick })) });
    }
    return lines;
  } finally {
    for (const runtime of Object.values(runtimes)) await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function middleOf(answers: readonly Answer[]): Answer {
  const middle = (of: (answer: Answer) => number) => median(answers.map(of));
  return {
    time: middle(({ time }) => time),
    requests: middle(({ requests }) => requests),
    statements: middle(({ statements }) => statements),
  };
}
