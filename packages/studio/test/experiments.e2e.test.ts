import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";
import { seedEvaluations } from "./seed-evaluations.ts";

let studio: Studio;
beforeAll(async () => {
  studio = (await openStudio()) as Studio;
  if (studio) await seedEvaluations(studio.storage);
});
afterAll(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());

test("a link shows runs against a baseline", async () => {
  await studio.open("/experiments/compare?ids=bulbs-0,bulbs-1&baseline=bulbs-0");
  await seen("exact: 0 improved, 2 worse, 0 equal").toBe(1);
  await seen("These experiments ran over different versions of the data").toBe(1);
  await seen("−0.25").toBe(2);
  await studio.picture("experiment-comparison");
});

test("a run shows its figures, and its results one at a time for review", async () => {
  await studio.open("/experiments/bulbs-0");
  await seen("0.5 on average").toBe(1);
  await studio.picture("experiment");
  await studio.open("/experiments/bulbs-1/review");
  await seen("1 of 2").toBe(1);
  await studio.picture("review");
});

test("a comparison keeps regressions and the open item in the address", async () => {
  const { page } = studio;
  await studio.open("/experiments/compare?ids=bulbs-0,bulbs-1&baseline=bulbs-0");
  await page.getByRole("switch", { name: "Only regressions" }).check();
  await expect.poll(() => new URL(page.url()).searchParams.get("only")).toBe("regressions");
  await page.locator("h1").click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).searchParams.get("item")).not.toBeNull();
  await seen("Output of the baseline").toBe(1);
  await studio.picture("experiment-comparison-item");
  await studio.audit();
  await page.reload();
  await seen("Output of the baseline").toBe(1);
  await page.keyboard.press("Escape");
  await seen("Output of the baseline").toBe(0);
  await studio.open("/experiments/compare?ids=bulbs-0");
  await seen("Two experiments are needed").toBe(1);
});

test("results are judged by keys", async () => {
  const { page } = studio;
  const experiments = await studio.storage.getStore("experiments");
  await studio.open("/experiments/bulbs-0/review");
  await seen("1 of 2").toBe(1);
  await page.keyboard.press("1");
  await seen("2 of 2").toBe(1);
  const { results } = (await experiments?.listExperimentResults({
    experimentId: "bulbs-0",
    pagination: { page: 0, perPage: 10 },
  })) ?? { results: [] };
  expect(results.filter(({ status }) => status === "reviewed")).toHaveLength(1);
  await page.keyboard.press("k");
  await seen("1 of 2").toBe(1);
  await studio.audit();
});
