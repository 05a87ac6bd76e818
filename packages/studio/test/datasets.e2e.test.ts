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

test("a link shows the items of a version", async () => {
  await studio.open("/datasets/bulbs?v=1");
  await seen("2 items").toBe(1);
  await studio.open("/datasets/bulbs");
  await seen("3 items").toBe(1);
  await seen("E14, at most 40 W").toBe(1);
  await studio.picture("dataset");
});

test("a link shows what happened between two versions", async () => {
  await studio.open("/datasets/bulbs/diff?from=1&to=3");
  await seen("1 added, 0 removed, 1 changed").toBe(1);
  await studio.picture("dataset-diff");
});
