import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Gathering } from "./gathering.ts";

/** A gathering whose runs end when they are told to. */
function held() {
  const runs: number[][] = [];
  const ends: (() => void)[] = [];
  const gathering = new Gathering<number>({
    soon: (flush) => process.nextTick(flush),
    run: (calls) => {
      runs.push([...calls]);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  const add = (...calls: number[]) => {
    for (const call of calls) gathering.add(call);
  };
  return { add, runs, endOne: () => ends.shift()?.() };
}

const moment = () => new Promise((resolve) => setImmediate(resolve));

test("a few calls go out by themselves, without waiting", async () => {
  const { add, runs } = held();
  add(1);
  await moment();
  add(2, 3);
  await moment();
  expect(runs).toEqual([[1], [2], [3]]);
});

test("many calls of one moment are dealt out, and what does not fit waits for the next end", async () => {
  const { add, runs, endOne } = held();
  add(...Array.from({ length: 60 }, (_, index) => index));
  await moment();
  expect(runs.map(({ length }) => length)).toEqual([16, 16, 16]);
  endOne();
  await moment();
  expect(runs.map(({ length }) => length)).toEqual([16, 16, 16, 12]);
  expect(runs.flat()).toEqual(Array.from({ length: 60 }, (_, index) => index));
});

test("what comes while enough is under way goes out together when a run ends", async () => {
  const { add, runs, endOne } = held();
  add(1, 2, 3, 4, 5, 6);
  await moment();
  expect(runs).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  add(7);
  add(8);
  endOne();
  await moment();
  expect(runs.at(-1)).toEqual([7, 8]);
});

test("nobody waits long for runs that do not end", async () => {
  const { add, runs } = held();
  add(1, 2, 3);
  await moment();
  add(4);
  await moment();
  add(5);
  await moment();
  expect(runs.length).toBe(3);
  await sleep(50);
  expect(runs.slice(3)).toEqual([[4, 5]]);
});

test("nor do those who keep coming make the others wait", async () => {
  const { add, runs } = held();
  add(1, 2, 3);
  await moment();
  const begin = performance.now();
  while (runs.length === 3 && performance.now() - begin < 1000) {
    add(4);
    await moment();
  }
  expect(performance.now() - begin).toBeLessThan(500);
});

test("is idle when everything has ended", async () => {
  const gathering = new Gathering<number>({ soon: (flush) => process.nextTick(flush), run: () => sleep(2) });
  await gathering.idle();
  for (let call = 0; call < 100; call++) gathering.add(call);
  let isIdle = false;
  const idle = gathering.idle().then(() => {
    isIdle = true;
  });
  await moment();
  expect(isIdle).toBe(false);
  await idle;
});
