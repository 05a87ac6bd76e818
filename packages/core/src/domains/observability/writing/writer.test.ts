import { expect, test } from "vitest";
import type { Incoming } from "../spans/incoming.ts";
import type { SpanCommitter } from "./committer.ts";
import { SpanWriter } from "./writer.ts";

/** Spans of one trace. */
const spansOf = (traceId: string, count: number): Incoming[] =>
  Array.from({ length: count }, (_, at) => ({ kind: "remove", traceId, spanId: `${at}`, rev: 1, bytes: 10 }));

/** A committer whose batches end when the test says so, in the order in which they began. */
function slow({ isSerial = false, most = 1000 } = {}) {
  const begun: { traces: string[]; spans: number; end(): void }[] = [];
  const committer = {
    isSerial,
    fits: (records: number) => records <= most,
    commit(items: readonly Incoming[]) {
      const { promise, resolve } = Promise.withResolvers<number>();
      const traces = [...new Set(items.map(({ traceId }) => traceId))];
      begun.push({ traces, spans: items.length, end: () => resolve(0) });
      return promise;
    },
  } as unknown as SpanCommitter;
  return { writer: new SpanWriter(committer, async () => {}), begun };
}

/** Long enough for a batch to have outlasted its turn of the event loop. */
const later = () => new Promise((resolve) => setTimeout(resolve, 5));

test("large batches go beside each other, up to three", async () => {
  const { writer, begun } = slow();
  const calls = ["a", "b", "c", "d"].map((traceId) => writer.write(spansOf(traceId, 600)));
  await later();
  expect(begun.map(({ traces }) => traces)).toEqual([["a"], ["b"], ["c"]]);
  begun[1]?.end();
  await calls[1];
  await later();
  expect(begun.map(({ traces }) => traces)).toEqual([["a"], ["b"], ["c"], ["d"]]);
  for (const { end } of begun) end();
  await Promise.all(calls);
});

test("small calls wait for the batch under way and become one", async () => {
  const { writer, begun } = slow();
  const first = writer.write(spansOf("a", 600));
  await later();
  const calls = ["b", "c", "d"].map((traceId) => writer.write(spansOf(traceId, 2)));
  await later();
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await first;
  await later();
  expect(begun.map(({ traces }) => traces)).toEqual([["a"], ["b", "c", "d"]]);
  begun[1]?.end();
  await Promise.all(calls);
});

test("calls that share a trace keep their order, and others pass them", async () => {
  const { writer, begun } = slow();
  const first = writer.write([...spansOf("a", 400), ...spansOf("b", 400)]);
  await later();
  const calls = [
    writer.write([...spansOf("b", 400), ...spansOf("c", 400)]),
    writer.write(spansOf("c", 600)),
    writer.write(spansOf("d", 600)),
  ];
  await later();
  expect(begun.map(({ traces }) => traces)).toEqual([["a", "b"], ["d"]]);
  begun[0]?.end();
  await first;
  await later();
  expect(begun.map(({ traces }) => traces)).toEqual([["a", "b"], ["d"], ["b", "c"]]);
  begun[2]?.end();
  await calls[0];
  await later();
  expect(begun.at(-1)?.traces).toEqual(["c"]);
  for (const { end } of begun) end();
  await Promise.all(calls);
});

test("an engine that writes one batch after the other gets one at a time, as large as it may be", async () => {
  const { writer, begun } = slow({ isSerial: true, most: 5000 });
  const first = writer.write(spansOf("a", 600));
  await later();
  const calls = ["b", "c"].map((traceId) => writer.write(spansOf(traceId, 600)));
  await later();
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await first;
  await later();
  expect(begun.map(({ spans }) => spans)).toEqual([600, 1200]);
  begun[1]?.end();
  await Promise.all(calls);
});
