import { expect, test } from "vitest";
import { get } from "../../../engine/operations.ts";
import { InMemoryStore } from "../../../storage/in-memory-store.ts";
import { spans } from "../tables.ts";
import { cut } from "./cut.ts";
import { isManifest } from "./manifest.ts";

/** Texts of all lengths from few and many characters, the same ones at every run. */
function* texts(): Generator<string> {
  let state = 7;
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  for (let run = 0; run < 200; run++) {
    const alphabet = run % 3 === 0 ? 2 : run % 3 === 1 ? 90 : 0xffff;
    yield Array.from({ length: next(6000) }, () => String.fromCharCode(next(alphabet))).join("");
  }
}

test("a cut text is the text, and what came before changes nothing", () => {
  let head = "";
  for (const text of texts()) {
    const pieces = cut(head + text);
    expect(pieces.join("")).toBe(head + text);
    expect(cut(`${head}x${text}`, pieces)).toEqual(cut(`${head}x${text}`));
    expect(cut(head + text, pieces)).toEqual(pieces);
    head = text;
  }
});

test("what two texts share is cut alike, wherever it stands", () => {
  const shared = Array.from({ length: 4000 }, (_, index) => ((index * 7919) % 9973).toString(36)).join(" ");
  const known = new Set(cut(`one beginning ${shared}`));
  const again = cut(`another, longer beginning than that ${shared} and an end`);
  expect(again.filter((piece) => !known.has(piece)).length).toBeLessThan(6);
});

test("switched off, values are written whole, and those in pieces are still read", async () => {
  const input = { messages: Array.from({ length: 50 }, (_, index) => `${index} ${"text ".repeat(50)}`) };
  const span = (spanId: string) => ({ traceId: "t", spanId, startedAt: 0, input });
  const kept = async (store: InMemoryStore, spanId: string) => {
    const [{ rows }] = await store.engine.read([get(spans, [["t", spanId]], ["input"])]);
    return rows[0]?.input;
  };
  const shared = new InMemoryStore();
  const whole = new InMemoryStore({ observability: { sharePayloads: false } });
  for (const store of [shared, whole]) {
    const observability = await store.getStore("observability");
    // What comes for the second time is kept in pieces.
    for (let time = 0; time < 2; time++) await observability?.createSpan({ span: span("a") });
    expect((await observability?.getSpan({ traceId: "t", spanId: "a" }))?.span.input).toEqual(input);
  }
  expect(isManifest(await kept(shared, "a"))).toBe(true);
  expect(await kept(whole, "a")).toBe(JSON.stringify(input));

  const { ObservabilityStore } = await import("../store.ts");
  const { context } = (await shared.getStore("observability")) as unknown as { context: object };
  const off = new ObservabilityStore(
    Object.create(context, { settings: { value: { observability: { sharePayloads: false } } } }),
  );
  await off.createSpan({ span: span("b") });
  expect(await kept(shared, "b")).toBe(JSON.stringify(input));
  expect((await off.getTrace({ traceId: "t" }))?.spans.map((found) => found.input)).toEqual([input, input]);
});
