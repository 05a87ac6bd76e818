import { afterEach, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
afterEach(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());

test("the storage overview tells who keeps what, how much, and how it grows", async () => {
  studio = (await openStudio()) as Studio;
  const { page } = studio;
  await studio.open("/threads");
  await studio.open("/storage");
  await seen("Who keeps what").toBe(1);
  await seen(/in the last hour \d+ calls of this server/).toBeGreaterThan(0);
  const threads = page.getByRole("table", { name: "Tables of memory" }).getByRole("row", { name: /mastra_threads/ });
  await expect.poll(() => threads.textContent()).toMatch(/\+\d+/);
  await studio.picture("storage");
  await studio.audit();
  await page.getByRole("button", { name: "Ping now" }).click();
  await expect.poll(() => page.getByText(/answered in/).count()).toBe(7);
  await threads.getByRole("link").click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/data/memory/mastra_threads");
});

test("the schema is checked, and what is old is counted before it goes", async () => {
  studio = (await openStudio()) as Studio;
  const { page } = studio;
  const memory = await studio.storage.getStore("memory");
  const time = new Date("2001-01-01");
  await memory?.saveThread({
    thread: { id: "ancient", resourceId: "cust-old", title: "Old", createdAt: time, updatedAt: time },
  });
  await studio.open("/storage");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await seen(/the schema is as it should be/).toBe(1);
  await studio.picture("storage-check");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Prune preview" }).click();
  await page.getByLabel("Older than").fill("7000d");
  await page.getByRole("combobox", { name: "Domain" }).click();
  await page.getByRole("option", { name: "memory" }).click();
  await page.getByRole("button", { name: "Count" }).click();
  await page.getByRole("button", { name: "Remove 1 row" }).waitFor();
  await studio.picture("storage-prune");
  await studio.audit();
  expect(await memory?.getThreadById({ threadId: "ancient" })).not.toBeNull();
  await page.getByRole("button", { name: "Remove 1 row" }).click();
  await page.getByLabel("Type “remove 1” to go on").fill("remove 1");
  await page.getByRole("dialog").getByRole("button", { name: "Remove 1 row" }).click();
  await seen("What was that old is gone").toBe(1);
  expect(await memory?.getThreadById({ threadId: "ancient" })).toBeNull();
});

test("a read-only server is marked, and no button writes", async () => {
  studio = (await openStudio(undefined, { readOnly: true })) as Studio;
  const { page } = studio;
  await studio.open("/threads/thread-149");
  await seen("Read-only").toBe(1);
  await expect.poll(() => page.getByLabel("More for this thread").count()).toBe(0);
  await page.getByLabel("More for this message").first().click();
  await seen("Copy link").toBe(1);
  expect(await page.getByRole("menuitem").count()).toBe(1);
  await studio.picture("read-only");
  await page.keyboard.press("Escape");
  await studio.audit();
  const { workflows, datasets, experiments } = studio.storage.stores;
  const run = (await workflows?.listWorkflowRuns())?.runs[0];
  const experiment = (await experiments?.listExperiments({ pagination: { page: 0, perPage: 1 } }))?.experiments[0];
  const datasetId = String(experiment?.datasetId);
  const item = (await datasets?.listItems({ datasetId, pagination: { page: 0, perPage: 1 } }))?.items[0];
  for (const [path, text, button] of [
    [`/workflows/${run?.workflowName}/runs/${run?.runId}`, "Steps", "Delete"],
    [`/experiments/${experiment?.id}/review`, "1 of", "Reviewed"],
    [`/datasets/${datasetId}/items/${item?.id}`, "Item", "Delete"],
    ["/resources/cust-eve", "Eve Lindt", "Forget"],
    ["/resources/cust-eve", "Eve Lindt", "Edit"],
    ["/agents/desk-configuration", "Instructions", "Restore as a new version"],
  ] as const) {
    await studio.open(path);
    await seen(new RegExp(text)).toBeGreaterThan(0);
    expect(await page.getByRole("button", { name: button, exact: true }).count(), button).toBe(0);
  }
});
