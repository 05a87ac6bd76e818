// How the Studio bears long lists: fills a libSQL file with 100,000 traces, threads and messages, opens the lists in Chromium,
// scrolls and filters them, and follows traces live while 1,000 spans a second arrive. Everything on one machine.
//
//   node --conditions=@stowage/source packages/studio/bench/rows.ts [rows]
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LibSQLStore } from "@stowage/libsql";
import { createServer } from "@stowage/server";
import type { Page } from "playwright-core";
import { buildStudio } from "../build.ts";
import { openBrowser } from "../test/browser.ts";
import { fillRows } from "../test/fill-rows.ts";

const count = Number(process.argv[2] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), "stowage-rows-"));
const root = join(folder, "studio");
const browser = await openBrowser();
if (!browser) throw new Error("Chromium is missing");
await buildStudio(root);
const storage = new LibSQLStore({ id: "rows", url: `file:${join(folder, "rows.db")}` });
console.log(`${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, node ${process.version}`);

const server = createServer({ storage, port: 0, studio: { root } });
const { url } = await server.listen();
try {
  await timed(`filled with ${count.toLocaleString()} rows of each`, () => fillRows(storage, count));
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  await page.goto(`${url}/settings`, { waitUntil: "networkidle" });
  await list(page, "traces", "/traces?range=all", "entity=rare", Math.ceil(count / 10));
  await list(page, "threads", "/threads", "resource=owner-7", Math.ceil(count / 100));
  await thread(page);
  await live(page);
} finally {
  await browser.close();
  await server.close();
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
}

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const answer = await run();
  console.log(`${what}: ${Math.round(performance.now() - began)} ms`);
  return answer;
}

async function list(page: Page, what: string, address: string, filter: string, filtered: number) {
  const frame = page.getByRole("region", { name: what, exact: true });
  const rows = frame.locator("tbody tr[aria-rowindex]");
  await timed(`${what}: the first rows, from the address on`, async () => {
    await page.goto(`${url}${address}`);
    await rows.first().waitFor();
  });
  await page.waitForLoadState("networkidle");
  const drawn: number[] = [];
  for (let step = 0; step < 10; step++) {
    const answered = page.waitForResponse((response) => response.url().includes(`page=${step + 1}&`));
    await frame.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await answered;
    await page.waitForLoadState("networkidle");
    drawn.push(await rows.count());
  }
  const last = Number(await rows.last().getAttribute("aria-rowindex"));
  console.log(`${what}: scrolled to row ${last.toLocaleString()}, at most ${Math.max(...drawn)} rows drawn`);
  await timed(`${what}: filtered`, async () => {
    await page.goto(`${url}${address}${address.includes("?") ? "&" : "?"}${filter}`);
    await page.getByText(`${filtered.toLocaleString()} ${what}`).waitFor({ timeout: 60_000 });
  });
}

async function thread(page: Page) {
  const cards = page.locator("article");
  await timed("a thread of as many messages: the newest, from the address on", async () => {
    await page.goto(`${url}/threads/long`);
    await cards.first().waitFor({ timeout: 60_000 });
  });
  await page.waitForLoadState("networkidle");
  console.log(`a thread: ${await cards.count()} messages drawn`);
}

/** The longest that the page answered nothing while spans arrived, and what it showed. */
async function live(page: Page) {
  const observability = await storage.getStore("observability");
  await page.goto(`${url}/traces?range=1h`, { waitUntil: "networkidle" });
  await page.getByRole("button", { name: "Live" }).click();
  await page.evaluate(`
    window.longest = 0;
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      window.longest = Math.max(window.longest, now - last - 50);
      last = now;
    }, 50);
  `);
  const seconds = 20;
  let traces = 0;
  const began = performance.now();
  for (let batch = 0; batch < seconds * 10; batch++) {
    const now = new Date();
    await observability?.batchCreateSpans({
      records: Array.from({ length: 100 }, (_, n) => ({
        traceId: `live-${batch}-${Math.floor(n / 10)}`,
        spanId: `s${n}`,
        parentSpanId: n % 10 ? `s${Math.floor(n / 10) * 10}` : null,
        name: "step",
        startedAt: now,
        endedAt: now,
      })),
    });
    traces += 10;
    await sleep(Math.max(0, began + (batch + 1) * 100 - performance.now()));
  }
  const took = (performance.now() - began) / 1000;
  const clicked = performance.now();
  await page.getByRole("button", { name: /^[\d,]+ new$/ }).click();
  const answered = performance.now() - clicked;
  const longest = await page.evaluate("window.longest");
  console.log(
    `live: ${Math.round((seconds * 1000) / took)} spans/s for ${took.toFixed(0)} s, ${traces.toLocaleString()} traces; ` +
      `the page stood still for at most ${Math.round(Number(longest))} ms, a click took ${Math.round(answered)} ms`,
  );
}
