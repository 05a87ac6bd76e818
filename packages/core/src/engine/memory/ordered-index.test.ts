import { describe, expect, test } from "vitest";
import { OrderedIndex } from "./ordered-index.ts";

const byValue = (a: number, b: number) => a - b;

describe("the ordered index", () => {
  test("is a sorted list through insertions and removals, with ranks and walks both ways", () => {
    const index = new OrderedIndex<number>(byValue);
    const model = new Set<number>();
    let seed = 1;
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed % limit;
    };
    for (let step = 0; step < 12_000; step++) {
      const value = random(5_000);
      if (model.has(value)) {
        index.remove(value);
        model.delete(value);
      } else {
        index.add(value);
        model.add(value);
      }
    }
    const sorted = [...model].sort(byValue);
    expect(index.size).toBe(sorted.length);
    expect([...index.walk(0, index.size, false)]).toEqual(sorted);
    expect([...index.walk(0, index.size, true)]).toEqual([...sorted].reverse());
    for (let i = 0; i < 200; i++) {
      const probe = random(5_200) - 100;
      const rank = sorted.filter((value) => value < probe).length;
      expect(index.rank((entry) => entry - probe)).toBe(rank);
      const to = Math.min(sorted.length, rank + random(700));
      expect([...index.walk(rank, to, i % 2 === 0)]).toEqual(
        i % 2 === 0 ? sorted.slice(rank, to).reverse() : sorted.slice(rank, to),
      );
    }
  });

  test("of nothing walks nowhere", () => {
    const index = new OrderedIndex<number>(byValue);
    index.remove(5);
    expect([index.size, index.rank(() => 1), [...index.walk(0, 0, false)]]).toEqual([0, 0, []]);
    expect([...index.walk(3, 1, true)]).toEqual([]);
  });
});
