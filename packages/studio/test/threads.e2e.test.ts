import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
beforeAll(async () => {
  studio = (await openStudio()) as Studio;
});
afterAll(() => studio?.close());

test("threads are listed, filtered by resource, and opened by keys", async () => {
  const { page } = studio;
  await studio.open("/threads");
  const { total } = await ((await studio.storage.getStore("memory"))?.listThreads({ perPage: 0 }) ?? { total: 0 });
  expect(total).toBeGreaterThan(150);
  await expect.poll(() => page.getByText(`${total} threads`).count()).toBe(1);
  await studio.picture("threads");
  await studio.audit();

  await page.getByLabel("Resource", { exact: true }).fill("cust-eve");
  await expect.poll(() => page.getByText("50 threads").count()).toBe(1);
  expect(new URL(page.url()).searchParams.get("resource")).toBe("cust-eve");

  await page.locator("h1").click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.url()).toContain("/threads/thread-149");
  await page.keyboard.press("]");
  await expect.poll(() => page.url()).toContain("/threads/thread-146");
  await page.keyboard.press("[");
  await expect.poll(() => page.url()).toContain("/threads/thread-149");
});

test("a thread shows every kind of part, and loads nothing from elsewhere", async () => {
  const { page } = studio;
  await studio.open("/threads/thread-149?m=message-1&panel=memory");
  await expect.poll(() => page.getByText("is on its way").count()).toBe(1);
  for (const text of [
    "Reasoning",
    "lookUpOrder",
    "label.pdf",
    "data-refund",
    "The printer did not answer",
    "Eve Lindt",
  ]) {
    expect(await page.getByText(text).count(), text).toBeGreaterThan(0);
  }
  expect(await page.locator("article img").count()).toBe(0);
  await page.getByRole("button", { name: "lookUpOrder" }).click();
  await expect.poll(() => page.getByText("shipped").count()).toBeGreaterThan(0);
  await studio.picture("thread");
  await studio.audit();
});

test("a thread is renamed, branched from a message, and deleted after its name was typed", async () => {
  const { page } = studio;
  const memory = await studio.storage.getStore("memory");
  await studio.open("/threads/thread-149");
  await page.getByLabel("More for this thread").click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("Eve's order");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect.poll(() => page.locator("h1").textContent()).toBe("Eve's order");

  await page.getByLabel("More for this message").first().click();
  await page.getByRole("menuitem", { name: "Branch from here" }).click();
  await expect.poll(() => page.url()).not.toContain("thread-149");
  await expect.poll(() => page.locator("article").count()).toBe(1);
  const branch = new URL(page.url()).pathname.split("/").at(-1) as string;

  await page.getByLabel("More for this thread").click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const confirm = page.getByRole("button", { name: "Delete the thread" });
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel("Type “delete” to go on").fill("delete");
  await confirm.click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/threads");
  expect(await memory?.getThreadById({ threadId: branch })).toBeNull();
});

test("selected threads are deleted together", async () => {
  const { page } = studio;
  await studio.open("/threads?metadata=ticket%3DTCK-7");
  await page.getByLabel("Select thread-7").check();
  await page.getByRole("button", { name: "Delete 1 thread" }).click();
  await page.getByLabel("Type “delete 1” to go on").fill("delete 1");
  await page.getByRole("dialog").getByRole("button", { name: "Delete 1 thread" }).click();
  await expect.poll(() => page.getByText("Nothing matches the filter").count()).toBe(1);
});

test("threads show what they hold and used, and are found by title and day", async () => {
  const { page } = studio;
  await studio.open("/threads?title=EVE'S");
  await expect.poll(() => page.getByText("1 threads").count()).toBe(1);
  const row = page.locator("tbody tr", { hasText: "Eve's order" });
  await expect.poll(() => row.locator("td").nth(3).textContent()).toBe("4");
  await page.getByLabel("Text of the title", { exact: true }).fill("Moreau");
  await expect.poll(() => page.locator("tbody tr", { hasText: "Ada Moreau" }).count()).toBeGreaterThan(0);
  await expect.poll(() => page.locator("tbody").textContent()).toMatch(/[\d,]+ → [\d,]+/);
  await studio.picture("threads-figures");
  await studio.open("/threads?sort=createdAt&from=2026-11-20T08:10:00Z&to=2026-11-20T08:12:00Z");
  await expect.poll(() => page.getByText("3 threads").count()).toBe(1);
  await studio.open("/threads?to=2001-01-01");
  await expect.poll(() => page.getByText("Nothing matches the filter").count()).toBe(1);
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await expect.poll(() => page.getByText("Nothing matches the filter").count()).toBe(0);
});

test("copies of a thread stand in a tree, and are held against it", async () => {
  const { page } = studio;
  const memory = await studio.storage.getStore("memory");
  const options = { messageFilter: { endDate: new Date("2026-11-20T11:21:00Z") } };
  await memory?.cloneThread({ sourceThreadId: "thread-149", newThreadId: "copy-1", title: "A copy", options });
  await memory?.cloneThread({ sourceThreadId: "copy-1", newThreadId: "copy-2", title: "A copy of it" });
  await studio.open("/threads/copy-1?panel=branches");
  const branches = page.getByRole("list", { name: "Branches" });
  await expect.poll(() => branches.getByRole("listitem").count()).toBe(3);
  await page.getByRole("button", { name: /Compare with .*order/ }).click();
  expect(new URL(page.url()).searchParams.get("branch")).toBe("thread-149");
  await expect
    .poll(() => page.getByLabel("Difference of the conversations").getByText("I want a refund.").count())
    .toBe(1);
  await studio.picture("branches");
  await studio.audit();
  await branches.getByRole("link", { name: "A copy of it" }).click();
  await expect.poll(() => page.locator("h1").textContent()).toBe("A copy of it");
  await studio.open("/threads/thread-3?panel=branches");
  await expect.poll(() => page.getByText("No other thread is a copy of this one").count()).toBe(1);
});

test("an answer becomes an item of a dataset, and leads to its trace", async () => {
  const { page } = studio;
  const datasets = await studio.storage.getStore("datasets");
  const memory = await studio.storage.getStore("memory");
  const { id: datasetId } = (await datasets?.createDataset({ id: "kept", name: "Kept answers" })) ?? { id: "" };
  const { threads } = (await memory?.listThreads({ filter: { resourceId: "cust-mira" } })) ?? { threads: [] };
  await studio.open(`/threads/${threads.find(({ id }) => !id.startsWith("thread-"))?.id}`);
  const answer = page.getByRole("article", { name: "Message of assistant" }).last();
  await answer.getByLabel("More for this message").click();
  await page.getByRole("menuitem", { name: "Add to a dataset" }).click();
  await page.getByRole("combobox", { name: "Dataset" }).click();
  await page.getByRole("option", { name: "Kept answers" }).click();
  await studio.picture("add-to-dataset");
  await studio.audit();
  await page.getByRole("button", { name: "Add one item" }).click();
  await expect.poll(() => page.getByText("One item was added to Kept answers").count()).toBe(1);
  const { items } = (await datasets?.listItems({ datasetId, pagination: { page: 0, perPage: 10 } })) ?? { items: [] };
  expect(items).toMatchObject([
    { input: expect.stringMatching(/^My name is Mira/), groundTruth: expect.stringMatching(/^About order/) },
  ]);
  await answer.getByLabel("More for this message").click();
  await page.getByRole("menuitem", { name: "View trace" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/traces\/[0-9a-f]{32}$/);
});

test("a list downloads with its filter, as CSV and as JSON lines", async () => {
  const { page } = studio;
  const memory = await studio.storage.getStore("memory");
  const kept = await memory?.listThreads({ filter: { resourceId: "cust-ben" }, perPage: 0 });
  await studio.open("/threads?resource=cust-ben");
  await page.getByRole("button", { name: "Download" }).click();
  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByText("CSV, the columns").click()]);
  const text = await readFile(await csv.path(), "utf8");
  expect(text.split("\r\n").length).toBe(1 + (kept?.total ?? 0));
  expect(text).toMatch(/^Title,Resource,/);
});
