import { type Engine, patch } from "@stowage/core/engine";
import { expect } from "vitest";
import { numbersOf, pairs, writePairs } from "./pairs.ts";

/**
 * Four callers take two records in opposite orders until each has changed them fifteen times. A batch that loses is temporarily
 * refused, and leaves nothing.
 *
 * @returns how many batches lost.
 */
export async function deadlocksOn(engine: Engine): Promise<number> {
  await writePairs(engine);
  let won = 0;
  let lost = 0;
  const caller = async (order: readonly string[]) => {
    for (let round = 0; round < 15; ) {
      try {
        await engine.write(order.map((id) => patch(pairs, [id], { raise: { n: 0 } })));
        won++;
        round++;
      } catch (error) {
        expect(error).toMatchObject({ code: "busy", retry: "temporary" });
        lost++;
      }
    }
  };
  const ways = [
    ["a", "b"],
    ["b", "a"],
  ] as const;
  await Promise.all([...ways, ...ways].map(caller));
  expect(await numbersOf(engine)).toEqual([won, won]);
  return lost;
}
