import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DomainContext } from "../domains/shared/context.ts";
import { systemClock } from "../engine/clock.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { InMemoryStore } from "./in-memory-store.ts";
import { checkInterval, SelfPruning } from "./self-pruning.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const contextOn = (engine: MemoryEngine, errors: string[] = []) =>
  ({
    engine,
    clock: systemClock(),
    logger: { debug() {}, info() {}, warn() {}, error: (message: string) => void errors.push(message) },
  }) as unknown as DomainContext;

test("of many processes one has its turn in each interval, and another when that one is gone", async () => {
  const engine = new MemoryEngine();
  const turns = [0, 0, 0];
  const processes = turns.map(
    (_, index) =>
      new SelfPruning(contextOn(engine), 1000, async () => {
        turns[index] = (turns[index] ?? 0) + 1;
        return [];
      }),
  );
  const total = () => turns.reduce((a, b) => a + b, 0);
  for (let interval = 1; interval <= 5; interval++) {
    await vi.advanceTimersByTimeAsync(1000);
    expect(total()).toBe(interval);
  }
  await processes[turns.indexOf(Math.max(...turns))]?.stop();
  await vi.advanceTimersByTimeAsync(3000);
  expect(total()).toBeGreaterThanOrEqual(7);
  for (const process of processes) await process.stop();
  const before = total();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(total()).toBe(before);
});

test("a turn that fails is logged, and the next one comes", async () => {
  const errors: string[] = [];
  let turns = 0;
  const pruning = new SelfPruning(contextOn(new MemoryEngine(), errors), 1000, async () => {
    if (++turns === 1) throw new Error("down");
    return [{ domain: "d", table: "t", deleted: 0, done: false, error: "locked" }];
  });
  await vi.advanceTimersByTimeAsync(2000);
  expect(errors).toEqual(["stowage: could not prune", "stowage: could not prune d/t: locked"]);
  await pruning.stop();
});

test("a store with an interval prunes by itself, until it is closed", async () => {
  const store = new InMemoryStore({
    retention: { observability: { logs: { maxAge: "1m" } } },
    retentionInterval: "1s",
  });
  const observability = await store.getStore("observability");
  const log = (logId: string, timestamp: number) => ({ logId, level: "info" as const, message: "m", timestamp });
  await observability?.batchCreateLogs({ logs: [log("old", Date.now() - 90_000), log("young", Date.now())] });
  await vi.advanceTimersByTimeAsync(1000);
  expect((await observability?.listLogs())?.logs.map(({ logId }) => logId)).toEqual(["young"]);
  await store.close();
  expect(vi.getTimerCount()).toBe(0);
});

test("an interval that no timer takes is refused", () => {
  for (const interval of [0, -1, "soon", "25d", Number.NaN])
    expect(() => checkInterval(interval as never)).toThrow(Error);
  expect(checkInterval("1h")).toBe(3_600_000);
  expect(() => new InMemoryStore({ retentionInterval: "0s" })).toThrow("retentionInterval");
});
