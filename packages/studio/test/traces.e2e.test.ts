import { readFile } from "node:fs/promises";
import type { CreateSpanRecord } from "@stowage/core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { liesWithin } from "./lies-within.ts";
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
    threadId: "thread-149",
    resourceId: "cust-eve",
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
    attributes: {
      model: "gpt-4o",
      provider: "openai",
      usage: { inputTokens: 1200, outputTokens: 30 },
      completionStartTime: at(350).toISOString(),
    },
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
    await expect.poll(() => row.first().innerText()).toMatch(/350 ms[\s\S]*1,200[\s\S]*30/);
    expect(await row.first().getByRole("link", { name: "thread-149" }).count()).toBe(1);
    expect(await row.first().getByRole("link", { name: "cust-eve" }).count()).toBe(1);
    await page.getByRole("combobox", { name: "Entity name" }).fill("nobody");
    await seen("Nothing matches the filter").toBe(1);
    expect(page.url()).toContain("entity=nobody");
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await expect.poll(() => page.getByRole("row").count()).toBeGreaterThan(1);
  });

  test("completes a value, with how many traces have it", async () => {
    const { page } = studio;
    await studio.open("/traces?range=1h");
    await page.getByRole("combobox", { name: "Entity name" }).fill("sho");
    await expect.poll(() => page.getByRole("option", { name: /^shop\s*\d+$/ }).count()).toBe(1);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("entity")).toBe("shop");
  });

  test("keeps a filter as a view under a name", async () => {
    const { page } = studio;
    await studio.open("/traces?range=24h&entity=shop&status=error");
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByLabel("Name of the view").fill("Failures of the shop");
    await page.keyboard.press("Enter");
    await studio.audit();
    await studio.open("/traces");
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("link", { name: "Failures of the shop" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("entity")).toBe("shop");
    expect(new URL(page.url()).searchParams.get("status")).toBe("error");
    await page.getByLabel("Forget the view Failures of the shop").click();
    await seen("No view is saved yet.").toBe(1);
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
    await page.route("**/api/stowage/traces?*", (route) =>
      route.fulfill({ status: 501, json: { error: "no such domain", code: "domain_missing", requestId: "r" } }),
    );
    await studio.open("/traces");
    await seen(/This adapter does not support it/).toBe(1);
    await page.unroute("**/api/stowage/traces?*");
  });
});

describe("two traces", () => {
  test("stand side by side, span by span", async () => {
    const { page, storage } = studio;
    const observability = await storage.getStore("observability");
    await observability?.batchCreateSpans({
      records: [
        ...failing.slice(0, 2).map((record) => ({ ...record, traceId: "repaired", error: null, endedAt: at(1500) })),
        span("repaired", "recall", { parentSpanId: "root", name: "recall", startedAt: at(1000), endedAt: at(1200) }),
      ],
    });
    await studio.open("/traces?range=1h&entity=shop");
    await page.getByLabel("Select failing").check();
    await page.getByLabel("Select repaired").check();
    await page.getByRole("button", { name: "Compare the two" }).click();
    await seen(/2 in both, 1 only in the \w+, 1 only in the \w+/).toBe(1);
    await studio.picture("traces-compared");
    await studio.audit();
    await studio.open("/traces/compare?a=failing&b=repaired");
    await seen("2 in both, 1 only in the first, 1 only in the second").toBe(1);
    const row = page.getByRole("row").filter({ hasText: "ask the model" });
    await expect.poll(() => row.innerText()).toContain("+600 ms");
    await page.getByRole("button", { name: "Swap" }).click();
    await expect.poll(() => row.innerText()).toContain("−600 ms");
    await page.getByLabel("Only what is missing or ended otherwise").check();
    await expect.poll(() => page.getByRole("row").count()).toBe(4);
    await row.waitFor({ state: "detached" });
  });

  test("are asked for where the address lacks one", async () => {
    const { page } = studio;
    await studio.open("/traces/compare");
    await seen("Choose two traces").toBe(1);
    await page.getByLabel("First trace", { exact: true }).and(page.locator("input")).click();
    await page
      .getByRole("option", { name: /agent run/ })
      .first()
      .click();
    await expect.poll(() => new URL(page.url()).searchParams.get("a")).not.toBeNull();
    await studio.open("/traces/compare?a=failing&b=no-such-trace");
    await seen("There is no such record").toBe(1);
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

  test("is a flame chart that keys go through, and a part of its time fills the window", async () => {
    const { page } = studio;
    await studio.open("/traces/failing");
    await page.getByText("Flame", { exact: true }).click();
    const bars = page.getByLabel("Spans as a flame chart").getByRole("button");
    await expect.poll(() => bars.count()).toBe(3);
    expect(await liesWithin(bars.first(), page.getByLabel("Spans as a flame chart"))).toBe(true);
    await page.getByLabel("Critical path").check();
    await studio.picture("trace-flame");
    await studio.audit();
    await page.getByLabel("Spans as a flame chart").focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.url()).toContain("span=ask");
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => page.url()).toContain("span=root");
    await page.getByRole("slider", { name: "Show the trace until" }).focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => new URL(page.url()).searchParams.get("zoom")).toBe("0-99.5");
    expect(page.url()).toContain("critical=on");
    await studio.open("/traces/failing?view=flame&zoom=0-3");
    await expect.poll(() => bars.count()).toBe(1);
  });

  test("is a picture of what called what", async () => {
    const { page } = studio;
    await studio.open("/traces/failing?view=graph");
    const graph = page.getByLabel("What called what");
    const box = graph.getByRole("button", { name: /lookUpOrder/ });
    await expect.poll(() => liesWithin(box, graph)).toBe(true);
    await box.click();
    await expect.poll(() => page.url()).toContain("span=look-up");
    await studio.picture("trace-graph");
    await studio.audit();
  });

  test("is a log of everything that can be read", async () => {
    const { page, storage } = studio;
    const observability = await storage.getStore("observability");
    await observability?.batchCreateLogs({
      logs: [
        { logId: "l1", traceId: "failing", spanId: "look-up", timestamp: at(1100), level: "warn", message: "slow" },
      ],
    } as never);
    await studio.open("/traces/failing?view=log");
    const lines = page.getByLabel("Log", { exact: true }).getByRole("listitem");
    await expect.poll(() => lines.count()).toBe(6);
    expect((await lines.allInnerTexts()).map((text) => text.split("\n").at(-1))).toEqual([
      expect.stringContaining("Where is my order?"),
      expect.stringContaining("I look it"),
      expect.stringContaining("ST-1"),
      "slow",
      "the database is away",
      "no way",
    ]);
    await studio.picture("trace-log");
    await studio.audit();
  });

  test("gives a dataset an item of one of its spans", async () => {
    const { page, storage } = studio;
    const datasets = await storage.getStore("datasets");
    const dataset = await datasets?.createDataset({ name: "Hard letters" });
    await studio.open("/traces/failing?span=ask");
    await page.getByRole("button", { name: "Add to a dataset" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Dataset" }).click();
    await page.getByRole("option", { name: "Hard letters" }).click();
    await studio.audit();
    await dialog.getByRole("button", { name: "Add one item" }).click();
    await seen("One item was added to Hard letters").toBe(1);
    const { items = [] } = (await datasets?.listItems({ datasetId: dataset?.id ?? "", pagination: {} } as never)) ?? {};
    expect(items).toMatchObject([
      { input: failing[1]?.input, groundTruth: failing[1]?.output, metadata: { traceId: "failing", spanId: "ask" } },
    ]);
  });

  test("is saved as it is stored, and as OTLP", async () => {
    const { page } = studio;
    await studio.open("/traces/failing");
    const saved = async (item: string) => {
      await page.getByRole("button", { name: "Download" }).click();
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByText(item).click()]);
      return JSON.parse(await readFile(await file.path(), "utf8"));
    };
    expect((await saved("JSON, as it is stored")).spans).toHaveLength(3);
    const { resourceSpans } = await saved("OTLP JSON, for a collector");
    expect(resourceSpans[0].scopeSpans[0].spans.map(({ name }: { name: string }) => name).sort()).toHaveLength(3);
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
    await studio.open("/traces/long?view=flame");
    const bars = page.getByLabel("Spans as a flame chart").getByRole("button");
    await expect.poll(() => bars.count(), { timeout: 30_000 }).toBeGreaterThan(0);
    expect(await bars.count()).toBeLessThan(2000);
  });

  test("that does not exist is explained", async () => {
    await studio.open("/traces/no-such-trace");
    await seen("There is no such record").toBe(1);
  });
});
