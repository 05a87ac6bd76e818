import { type Engine, get } from "@stowage/core/engine";
import { expect } from "vitest";
import type { TcpProxy } from "../engines/tcp-proxy.ts";
import { numbersOf, pairs, raisePairs, writePairs } from "./pairs.ts";

export interface CutOptions {
  readonly proxy: TcpProxy;
  /** Whose bytes are counted until the cut. */
  readonly from: "client" | "server";
  /** An engine on the tables of `engine` that does not go through the proxy, converged. */
  readonly direct: Engine;
  /** The engine whose connection is cut. */
  readonly engine: Engine;
  /** How many bytes later the next cut is made. */
  readonly step: (after: number) => number;
  /** Resolves once the server is at nothing of a cut connection any more. */
  readonly settled: () => Promise<unknown>;
  /** Makes a call that a connection which has just been cut may fail. Default: makes it once. */
  readonly untilItAnswers?: (task: () => Promise<unknown>) => Promise<unknown>;
  /** Whether an error says that nothing was applied. Default: `retry` is `temporary`. */
  readonly isRefusal?: (error: { readonly retry?: string }) => boolean;
}

/** How many guarded writes of two records ended in which way, and how many met a cut. */
export interface CutOutcomes {
  readonly applied: number;
  readonly refused: number;
  readonly unknown: number;
  readonly cuts: number;
}

/**
 * Cuts the connection at every point of a guarded write, from the first byte until one comes through uncut. After each cut:
 * the batch is there whole or not at all, what was acknowledged is there, what was refused is not.
 */
export async function cutEverywhere(options: CutOptions): Promise<CutOutcomes> {
  const { proxy, from, direct, engine, step, settled } = options;
  const { untilItAnswers = (task) => task(), isRefusal = ({ retry }) => retry === "temporary" } = options;
  const outcomes = { applied: 0, refused: 0, unknown: 0, cuts: 0 };
  await writePairs(direct);
  let expected = 0;
  for (let after = 0, isCut = true; isCut; after = step(after)) {
    // A connection that is open lets the cut fall into the write.
    await untilItAnswers(() => engine.read([get(pairs, [["a"]])]));
    const beforeWrite = () => proxy.arm({ from, after });
    const outcome = await raisePairs(engine, { readFrom: direct, beforeWrite }).then(
      () => "applied" as const,
      (error) => {
        if (error.code === "unknown_outcome") return "unknown";
        if (isRefusal(error)) return "refused";
        throw error;
      },
    );
    isCut = proxy.isSpent;
    if (isCut) outcomes.cuts++;
    proxy.arm(undefined);
    await settled();
    const [a, b] = await numbersOf(direct);
    expect(a, "a batch is never half there").toBe(b);
    const isThere = a === expected + 1;
    expect(isThere || a === expected, "it is applied once").toBe(true);
    if (outcome === "applied") expect(isThere, "what was acknowledged is there").toBe(true);
    if (outcome === "refused") expect(isThere, "what was refused is not there").toBe(false);
    outcomes[outcome]++;
    expected = a as number;
  }
  expect(outcomes.applied).toBeGreaterThan(0);
  return outcomes;
}
