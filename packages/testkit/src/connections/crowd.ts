import { type Engine, StorageError } from "@stowage/core/engine";
import { expect } from "vitest";
import { numbersOf, raisePairs, writePairs } from "./pairs.ts";

/** Two dozen callers of one engine raise the same two records twenty times each: every batch is applied whole or refused. */
export async function crowdOn(engine: Engine): Promise<void> {
  await writePairs(engine);
  let written = 0;
  let refused = 0;
  const caller = async (index: number) => {
    for (let round = 0; round < 20; round++) {
      try {
        await raisePairs(engine, { note: `${index}-${round}` });
        written++;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        expect(error).toMatchObject({ code: "conflict" });
        refused++;
      }
    }
  };
  await Promise.all(Array.from({ length: 24 }, (_, index) => caller(index)));
  expect(written + refused).toBe(480);
  expect(written).toBeGreaterThan(0);
  expect(await numbersOf(engine)).toEqual([written, written]);
}
