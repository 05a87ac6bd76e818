import type { CreateSpanRecord } from "@stowage/core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
const start = Date.now() - 10 * 60_000;
const at = (ms: number) => new Date(start + ms);

const span = (traceId: string, spanId: string, more: Partial<CreateSpanRecord> = {}): CreateSpanRecord => ({
  traceId,
  spanId,
  name: spanId,
  spanType: "generic",
  startedAt: at(0),
  endedAt: at(2000),
  ...more,
});

/** An agent that asks a model, calls a tool that fails, and ends with its error. */
const failing: CreateSpanRecord[] = [
  span("failing", "root", {
    name: "agent run",
    spanType: "agent_run",
    entityName: "shop",
    error: { message: "no way" },
  }),
  span("failing", "ask", {
    name: "ask the model",
    parentSpanId: "root",
    spanType: "model_generation",
    startedAt: at(100),
    endedAt: at(900),
    input: { messages: [{ role: "user", content: "Where is my order?" }] },
    output: { role: "assistant", content: [{ type: "text", text: "I look it **up**." }] },
    attributes: { model: "gpt-4o", provider: "openai", usage: { inputTokens: 1200, outputTokens: 30 } },
  }),
  span("failing", "look-up", {
    name: "lookUpOrder",
    parentSpanId: "root",
    spanType: "tool_call",
    startedAt: at(1000),
    endedAt: at(1900),
    input: { order: "ST-1" },
    error: { message: "the database is away" },
  }),
];

beforeAll(async () => {
  studio = (await openStudio()) as Studio;
  const observability = await studio?.storage.getStore("observability");
  await observability?.batchCreateSpans({ records: failing });
});
afterAll(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());
const rows = () => studio.page.getByRole("treegrid").getByRole("row");

describe("the list of traces", () => {
  test("has tokens, cost and a count by time, and filters", async () => {
    const { page } = studio;
    await studio.open("/traces?range=1h");
    await expect.poll(() => page.getByLabel("Traces over time").count()).toBe(1);
    await studio.picture("traces");
    await studio.audit();
    await studio.open("/traces?range=1h&entity=shop");
    const row = page.getByRole("row").filter({ hasText: "agent run" }).filter({ hasText: "gpt-4o" });
    await expect.poll(() => row.count()).toBeGreaterThan(0);
    await expect.poll(() => row.first().innerText()).toMatch(/1,200[\s\S]*30/);
    await page.getByRole("textbox", { name: "Entity name" }).fill("nobody");
    await seen("Nothing matches the filter").toBe(1);
    expect(page.url()).toContain("entity=nobody");
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await expect.poll(() => page.getByRole("row").count()).toBeGreaterThan(1);
  });

  test("counts what comes while it is live, and shows it when asked", async () => {
    const { page, storage } = studio;
    await studio.open("/traces?range=1h");
    await page.getByRole("button", { name: "Live" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const observability = await storage.getStore("observability");
    const now = new Date();
    await observability?.batchCreateSpans({
      records: [span("fresh", "root", { name: "a fresh trace", startedAt: now, endedAt: now })],
    });
    await page.getByRole("button", { name: /^\d+ new$/ }).waitFor({ timeout: 10_000 });
    expect(await page.getByText("a fresh trace").count()).toBe(0);
    await page.getByRole("button", { name: /^\d+ new$/ }).click();
    await seen("a fresh trace").toBe(1);
  });

  test("says when there is nothing, and what failed", async () => {
    const { page } = studio;
    await page.route("**/api/observability/traces/light?*", (route) =>
      route.fulfill({ status: 501, json: { error: "no such domain", code: "domain_missing", requestId: "r" } }),
    );
    await studio.open("/traces");
    await seen(/This adapter does not support it/).toBe(1);
    await page.unroute("**/api/observability/traces/light?*");
  });
});

describe("a trace", () => {
  test("opens at its first failure, with a tree in time", async () => {
    const { page } = studio;
    await studio.open("/traces/failing");
    await expect.poll(() => rows().count()).toBe(4);
    expect(await page.getByRole("row", { selected: true }).innerText()).toContain("lookUpOrder");
    await seen("the database is away").toBeGreaterThan(0);
    await studio.picture("trace");
    await studio.audit();
  });

  test("goes by keys, and its address remembers where", async () => {
    const { page } = studio;
    await studio.open("/traces/failing");
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("ArrowUp");
    await seen("Where is my order?").toBe(1);
    expect(page.url()).toContain("span=ask");
    await page.getByRole("tab", { name: "Usage" }).click();
    await seen("1,200").toBeGreaterThan(0);
    await page.reload({ waitUntil: "networkidle" });
    await seen("of these from a cache").toBe(1);
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => rows().count()).toBe(2);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => rows().count()).toBe(4);
  });

  test("a search keeps what stands above a match", async () => {
    const { page } = studio;
    await studio.open("/traces/failing?q=lookup");
    await expect.poll(() => rows().allInnerTexts()).toHaveLength(3);
    await seen("2 of 3").toBe(1);
    await page.getByRole("textbox", { name: "Find spans by name" }).fill("nothing of the kind");
    await seen("Nothing matches the filter").toBe(1);
  });

  test("of 20,000 spans draws those in sight, and scrolls to any", async () => {
    const { page, storage } = studio;
    const observability = await storage.getStore("observability");
    const parent = (n: number) => (n === 0 ? null : `s${Math.floor((n - 1) / 10)}`);
    const records = Array.from({ length: 20_000 }, (_, n) =>
      span("long", `s${n}`, {
        parentSpanId: parent(n),
        name: `span number ${n}`,
        startedAt: at(n),
        endedAt: at(30_000),
      }),
    );
    await observability?.batchCreateSpans({ records });
    const began = performance.now();
    await studio.open("/traces/long");
    await page.getByText("20,000 spans").waitFor({ timeout: 15_000 });
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await rows().count()).toBeLessThan(200);
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("End");
    await expect.poll(() => page.getByRole("row", { selected: true }).count()).toBe(1);
    await page.getByRole("textbox", { name: "Find spans by name" }).fill("number 19999");
    await seen("span number 19999").toBeGreaterThan(0);
    await studio.picture("trace-of-20000-spans");
  });

  test("that does not exist is explained", async () => {
    await studio.open("/traces/no-such-trace");
    await seen("There is no such record").toBe(1);
  });
});
