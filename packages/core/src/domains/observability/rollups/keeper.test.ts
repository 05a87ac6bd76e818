import { expect, test } from "vitest";
import { systemClock } from "../../../engine/clock.ts";
import { count } from "../../../engine/operations.ts";
import { InMemoryStore } from "../../../storage/in-memory-store.ts";
import type { ObservabilityStorage } from "../storage.ts";
import { rollupMarks, rollups } from "./tables.ts";

const start = Date.UTC(2026, 0, 5);
const day = { from: start, to: start + 86_400_000 };
const span = (traceId: string) => ({ traceId, spanId: "s", startedAt: start, endedAt: start + 500 });

async function open(keeps: boolean) {
  let now = start;
  // The clock is for tests, and no option of the class.
  const options = { observability: { rollups: keeps }, clock: systemClock(() => now) };
  const store = new InMemoryStore(options);
  const observability = (await store.getStore("observability")) as ObservabilityStorage;
  const records = async () => {
    const [marks, kept] = await store.engine.read([
      count(rollupMarks, { path: "bySlot" }),
      count(rollups, { path: "bySlot" }),
    ]);
    return { marks: marks.count, kept: kept.count };
  };
  const traces = async () => (await observability.getRollups(day)).rows[0]?.traces;
  return { observability, records, traces, wait: (minutes: number) => void (now += minutes * 60_000) };
}

test("a slot is marked once a minute, and kept when it is left", async () => {
  const { observability, records, traces, wait } = await open(true);
  for (const traceId of ["a", "b"]) await observability.createSpan({ span: span(traceId) });
  expect(await records()).toEqual({ marks: 1, kept: 0 });
  expect(await traces()).toBe(2);
  expect(await records()).toEqual({ marks: 1, kept: 0 });
  wait(3);
  expect(await traces()).toBe(2);
  expect(await records()).toEqual({ marks: 0, kept: 1 });
  await observability.createSpan({ span: span("c") });
  expect(await records()).toEqual({ marks: 1, kept: 1 });
  expect(await traces()).toBe(3);
});

test("a writer keeps the slots that it has left", async () => {
  const { observability, records, wait } = await open(true);
  await observability.createSpan({ span: span("a") });
  wait(20);
  await observability.createSpan({ span: { ...span("b"), startedAt: start + 20 * 60_000 } });
  await expect.poll(records).toEqual({ marks: 1, kept: 1 });
});

test("switched off, nothing is kept and the numbers are the same", async () => {
  const { observability, records, traces, wait } = await open(false);
  await observability.createSpan({ span: span("a") });
  wait(10);
  expect(await traces()).toBe(1);
  expect(await records()).toEqual({ marks: 0, kept: 0 });
});
