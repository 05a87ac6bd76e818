import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
beforeAll(async () => {
  studio = (await openStudio()) as Studio;
  const scores = await studio?.storage.getStore("scores");
  for (let n = 0; n < 20; n++) {
    await scores?.saveScore({
      id: `tone-${n}`,
      scorerId: "tone",
      entityId: "desk",
      runId: `run-${n}`,
      score: n / 20,
      source: "LIVE",
      scorer: { id: "tone" },
      entity: { id: "desk", model: n < 5 ? "small" : "large" },
      reason: n === 0 ? "It was rude." : "Fine.",
      output: { text: `answer ${n}` },
      generateReasonPrompt: "Why?",
    });
  }
  const observability = await studio?.storage.getStore("observability");
  for (const [scoreId, score, tags] of [
    ["signal", 0.7, ["blue"]],
    ["signal-2", 0.1, ["red", "blue"]],
  ] as const) {
    const record = { scoreId, scorerId: "live-tone", score, traceId: "t", tags: [...tags], environment: "test" };
    await observability?.createScore({ score: record });
  }
});
afterAll(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());

test("scores of every scorer, and those beside traces", async () => {
  const { page } = studio;
  await studio.open("/scores");
  await expect.poll(() => page.getByLabel("Scorers").getByRole("link", { name: "tone" }).count()).toBe(1);
  await studio.picture("scores");
  await studio.audit();
  await studio.open("/scores?scorer=nobody");
  await seen("Nothing matches the filter").toBe(1);
  await studio.open("/scores?kind=trace");
  await expect.poll(() => page.getByRole("link", { name: "live-tone" }).count()).toBe(2);
});

test("a scorer has a distribution, a mean and a pass rate", async () => {
  const { page } = studio;
  await studio.open("/scorers/tone");
  await seen("50 %").toBe(1);
  await expect.poll(() => page.getByLabel("Distribution").getByRole("row").count()).toBe(11);
  await page.getByLabel("Passes from").fill("0.9");
  await seen("10 %").toBe(1);
  expect(page.url()).toContain("pass=0.9");
  await studio.picture("scorer");
  await studio.audit();
});

test("the scores of a scorer are split by what they belong to, by the database", async () => {
  const { page } = studio;
  await studio.open("/scorers/tone?by=model");
  const rows = page.getByLabel("By group").getByRole("row");
  await expect.poll(() => rows.allInnerTexts()).toEqual(["Group\tMean\tCount", "large\t0.6\t15", "small\t0.1\t5"]);
  await studio.picture("scorer-split");
  await studio.audit();
  await studio.open("/scorers/live-tone?kind=trace");
  await seen(/mean 0.4 of 2 scores/).toBe(1);
  await page.getByLabel("Split by").and(page.locator("input")).click();
  await page.getByRole("option", { name: "Tag" }).click();
  await expect.poll(() => rows.allInnerTexts()).toEqual(["Group\tMean\tCount", "blue\t0.4\t2", "red\t0.1\t1"]);
  expect(page.url()).toContain("by=tags");
});

test("a score shows what it judged and why", async () => {
  await studio.open("/scores/tone-0");
  await seen("It was rude.").toBe(1);
  await seen("Prompt for the reason").toBe(1);
  await studio.picture("score");
  await studio.audit();
  await studio.open("/scores/signal");
  await seen(/live-tone: 0.7/).toBeGreaterThan(0);
  await studio.open("/scores/none");
  await seen("There is no such record").toBe(1);
});
