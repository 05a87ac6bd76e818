import type { Request } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { fillRows } from "./fill-rows.ts";
import { openStudio, type Studio } from "./open-studio.ts";

const count = 3000;
/** More than a window shows, and far fewer than there are. */
const mostDrawn = 80;
let studio: Studio;

beforeAll(async () => {
  studio = (await openStudio()) as Studio;
  if (studio) await fillRows(studio.storage, count);
});
afterAll(() => studio?.close());

/** Pages of a list that the browser asked for. */
function pagesAsked(path: string) {
  const pages: number[] = [];
  const seen = (request: Request) => {
    const url = new URL(request.url());
    if (!url.pathname.endsWith(path)) return;
    expect(Number(url.searchParams.get("perPage"))).toBeLessThanOrEqual(100);
    pages.push(Number(url.searchParams.get("page")));
  };
  studio.page.on("request", seen);
  return { pages, stop: () => studio.page.off("request", seen) };
}

test.for([
  ["traces", "/traces?range=all", "/api/stowage/traces"],
  ["threads", "/threads", "/api/stowage/threads"],
] as const)(
  "a list of %s of any length draws the rows in sight, and is paged by the server",
  async ([what, address, path]) => {
    const { page } = studio;
    const { pages, stop } = pagesAsked(path);
    await studio.open(address);
    const frame = page.getByRole("region", { name: what, exact: true });
    const rows = frame.locator("tbody tr[aria-rowindex]");
    await expect.poll(() => rows.count()).toBeGreaterThan(10);
    expect(await rows.count()).toBeLessThan(mostDrawn);
    expect(pages).toEqual([0]);
    for (let step = 0; step < 6; step++) {
      await frame.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await expect.poll(() => pages.length).toBeGreaterThan(step + 1);
      await page.waitForLoadState("networkidle");
      expect(await rows.count()).toBeLessThan(mostDrawn);
    }
    expect(pages).toEqual([...pages.keys()]);
    expect(Number(await rows.last().getAttribute("aria-rowindex"))).toBeGreaterThan(500);
    stop();
  },
);

test("a filter of a long list is the server's", async () => {
  const { page } = studio;
  await studio.open("/traces?range=all&entity=rare");
  await expect.poll(() => page.getByText(`${(count / 10).toLocaleString()} traces`).count()).toBe(1);
});
