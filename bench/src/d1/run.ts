import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operationByKey } from "../operations.ts";
import { median } from "../statistics.ts";
import { Runtime } from "./runtime.ts";
import type { Answer } from "./worker.ts";

export const workers = ["stowage", "peer"] as const;
export type WorkerKey = (typeof workers)[number];

/** What the peer has domains for, readers first: the others change what they would find. Turns of a round. */
const measured: Readonly<Record<string, number>> = {
  "last-40-total": 20,
  "last-40": 20,
  "thread-get": 100,
  "run-load": 30,
  "scores-list": 20,
  "save-2": 30,
  "save-100": 6,
  "thread-update": 30,
  "run-persist": 20,
  "step-small": 30,
  "step-200": 10,
  "steps-16": 10,
  "score-save": 30,
};

/**
 * Pieces of a round, in which the two take turns: a request takes a few milliseconds, and what else a machine does comes and
 * goes in seconds.
 */
const pieces = 5;

/** Medians over the pieces of all rounds, or why there are none. */
export type Result = Answer | { readonly error: string };

export interface Line {
  readonly key: string;
  readonly title: string;
  readonly results: Readonly<Record<WorkerKey, Result>>;
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
    for (const [key, turns] of Object.entries(measured)) {
      const { title } = operationByKey.get(key) ?? { title: key };
      if (only && !only.test(key) && !only.test(title)) continue;
      const found: Record<WorkerKey, Answer[]> = { stowage: [], peer: [] };
      const errors: Partial<Record<WorkerKey, string>> = {};
      // One round more, that is not counted: what is met for the first time takes longer.
      const parts = quick ? 1 : pieces;
      for (let part = quick ? 0 : -parts; part < rounds * parts; part++) {
        progress(`${title}: round ${Math.floor(part / parts) + 1} of ${rounds}`);
        for (const worker of part % 2 === 0 ? workers : workers.toReversed()) {
          if (errors[worker] !== undefined) continue;
          try {
            const order = { operation: key, turns: quick ? 1 : Math.ceil(turns / parts), quick };
            const answer = await runtimes[worker].send(order);
            if (part >= 0) found[worker].push(answer);
          } catch (error) {
            errors[worker] = error instanceof Error ? error.message : String(error);
          }
        }
      }
      const resultOf = (worker: WorkerKey): Result => {
        const error = errors[worker];
        if (error !== undefined) return { error };
        const middle = (of: (answer: Answer) => number) => median(found[worker].map(of));
        return {
          time: middle(({ time }) => time),
          requests: middle(({ requests }) => requests),
          statements: middle(({ statements }) => statements),
        };
      };
      lines.push({ key, title, results: { stowage: resultOf("stowage"), peer: resultOf("peer") } });
    }
    return lines;
  } finally {
    for (const runtime of Object.values(runtimes)) await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
