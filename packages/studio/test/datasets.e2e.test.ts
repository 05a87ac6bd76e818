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

test("items come from a file: shown with where its columns go, and written as one version", async () => {
  const { page } = studio;
  const datasets = await studio.storage.getStore("datasets");
  await studio.open("/datasets/bulbs");
  await page.getByRole("button", { name: "Import items" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/datasets/bulbs/import");
  const csv = "question,expected,externalId\nHow warm?,2700 K,d\nHow long?,10 years,e\n,nothing,f\n";
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "items.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.getByRole("combobox", { name: "question" }).click();
  await page.getByRole("option", { name: "Input" }).click();
  await page.getByRole("combobox", { name: "expected" }).click();
  await page.getByRole("option", { name: "Expected" }).click();
  await seen(/2 items of 3 rows/).toBe(1);
  await seen(/1 rows have no input/).toBe(1);
  await studio.picture("dataset-import");
  await studio.audit();
  await page.getByRole("button", { name: "Write 2 items as one version" }).click();
  await seen("5 items").toBe(1);
  expect((await datasets?.getDatasetById({ id: "bulbs" }))?.version).toBe(4);
  const bad = { name: "items.json", mimeType: "application/json", buffer: Buffer.from("{ no json") };
  await studio.open("/datasets/bulbs/import");
  await page.locator("input[type=file]").setInputFiles(bad);
  await expect.poll(() => page.getByRole("alert").count()).toBe(1);
});

test("an item has a history, and its versions a difference", async () => {
  const { page } = studio;
  await studio.open("/datasets/bulbs?v=3");
  await page.locator("h1").click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toContain("/datasets/bulbs/items/");
  const datasets = await studio.storage.getStore("datasets");
  const { items } = (await datasets?.listItems({
    datasetId: "bulbs",
    version: 3,
    pagination: { page: 0, perPage: 10 },
  })) ?? { items: [] };
  const changed = items.find(({ externalId }) => externalId === "a");
  await studio.open(`/datasets/bulbs/items/${changed?.id}`);
  await seen("Changed since version 1").toBe(1);
  await studio.picture("dataset-item");
  await studio.audit();
  await page.getByRole("button", { name: /^Version 1/ }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("v")).toBe("1");
});

test("a link shows what happened between two versions", async () => {
  await studio.open("/datasets/bulbs/diff?from=1&to=3");
  await seen("1 added, 0 removed, 1 changed").toBe(1);
  await studio.picture("dataset-diff");
});
