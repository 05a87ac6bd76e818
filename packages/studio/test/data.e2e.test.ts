import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
beforeAll(async () => {
  studio = (await openStudio()) as Studio;
});
afterAll(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());

test("every table of every domain is listed, and leads to its records", async () => {
  const { page } = studio;
  await studio.open("/data");
  await expect.poll(() => page.getByRole("table").count()).toBe(7);
  await studio.picture("data");
  await studio.audit();
  await page.getByRole("link", { name: "mastra_threads" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/data/memory/mastra_threads");
  await expect.poll(() => page.getByText(/^\d+ records$/).count()).toBe(1);
});

test("records are filtered by any column, ordered by any path, and looked at whole", async () => {
  const { page } = studio;
  await studio.open("/data/memory/mastra_threads");
  await page.getByRole("combobox", { name: "Column" }).click();
  await page.getByRole("option", { name: "resourceId" }).click();
  await page.getByLabel("Value").fill("cust-eve");
  await page.keyboard.press("Enter");
  await seen("50 records").toBe(1);
  await seen("resourceId is cust-eve").toBe(1);
  await page.getByRole("combobox", { name: "Order" }).click();
  await page.getByRole("option", { name: /^By updatedAt, greatest first \(needs resourceId\)/ }).click();
  await expect.poll(() => page.locator("tbody tr").nth(0).textContent()).toContain("thread-149");
  await page.locator("h1").click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await seen("_rev").toBe(1);
  await studio.picture("data-record");
  await studio.audit();
  const address = page.url();
  await page.keyboard.press("Escape");
  await seen("_rev").toBe(0);
  await page.goto(address);
  await seen("_rev").toBe(1);
  await page.getByLabel("Record", { exact: true }).getByRole("link", { name: "cust-eve" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/resources/cust-eve");
});

test("texts in JSON are found, and the selection is downloaded whole", async () => {
  const { page } = studio;
  const where = JSON.stringify([
    { column: "content", op: "has", value: "refund" },
    { column: "thread_id", op: "is", value: "thread-149" },
  ]);
  await studio.open(`/data/memory/mastra_messages?${new URLSearchParams({ where })}`);
  await seen("2 records").toBe(1);
  await page.getByRole("button", { name: "Download" }).click();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByText("JSON lines, whole records").click(),
  ]);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).values.content.format)).toEqual([2, 2]);
});

test("a table that is not walked as a whole asks for what it is walked by", async () => {
  await studio.open("/data/memory/stowage_thread_metadata");
  await seen(/say what .*threadId is/).toBe(1);
  const where = JSON.stringify([{ column: "threadId", op: "is", value: "thread-7" }]);
  await studio.open(`/data/memory/stowage_thread_metadata?${new URLSearchParams({ where })}`);
  await seen("1 records").toBe(1);
});

test("what is not there is said", async () => {
  const { page } = studio;
  await studio.open("/data/memory/nothing");
  await seen("There is no table nothing in memory").toBe(1);
  await studio.open("/data/memory/mastra_threads?record=%5B%22gone%22%5D");
  await seen("There is no such record").toBe(1);
  const where = JSON.stringify([{ column: "id", op: "is", value: "gone" }]);
  await studio.open(`/data/memory/mastra_threads?${new URLSearchParams({ where })}`);
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await expect.poll(() => page.getByText(/^\d+ records$/).count()).toBe(1);
});
