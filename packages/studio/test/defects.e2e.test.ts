import { MastraCompositeStore } from "@stowage/core";
import { fdIf } from "@stowage/testkit";
import { afterEach, expect } from "vitest";
import { canDrive } from "./browser.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
afterEach(() => studio?.close());

const fd = fdIf(canDrive);

fd("FD-116", "an open page asks for nothing while nobody touches it", async () => {
  studio = (await openStudio()) as Studio;
  const { page } = studio;
  const asked: string[] = [];
  page.on("requestfinished", (request) => asked.push(request.url()));
  await studio.open("/threads");
  // What the screen asks for last: the figures beside its hundred rows, fifty at a time. A slow page begins that late.
  await expect.poll(() => asked.filter((url) => url.includes("/figures?")).length, { timeout: 30_000 }).toBe(2);
  asked.length = 0;
  await page.evaluate('window.dispatchEvent(new Event("focus"))');
  await page.waitForTimeout(3000);
  expect(asked).toEqual([]);
});

fd("FD-175", "an owner of an odd shape has its pages, reached by links", async () => {
  studio = (await openStudio()) as Studio;
  const { page } = studio;
  const memory = await studio.storage.getStore("memory");
  const resourceId = "org/7 of 9?#%41 ✓";
  const now = new Date("2030-01-01");
  await memory?.saveThread({ thread: { id: "odd owner/1", resourceId, title: "Odd", createdAt: now, updatedAt: now } });
  await memory?.updateResource({ resourceId, workingMemory: "Likes odd names" });
  await studio.open("/resources");
  await page.getByRole("link", { name: resourceId }).click();
  await expect.poll(() => page.getByText("Likes odd names").count()).toBe(1);
  await page.getByRole("tab", { name: "Threads" }).click();
  await page.getByRole("link", { name: "Odd" }).click();
  await expect.poll(() => page.locator("h1").textContent()).toBe("Odd");
  await page.reload();
  await expect.poll(() => page.locator("h1").textContent()).toBe("Odd");
});

fd("FD-179", "a domain that is not kept is named, with what adds it, and the other screens live", async () => {
  const onlyMemory = ({ stores: { memory } }: Studio["storage"]) =>
    new MastraCompositeStore({ id: "one", domains: { memory } });
  studio = (await openStudio(onlyMemory)) as Studio;
  const { page } = studio;
  await studio.open("/");
  await expect.poll(() => page.getByText(/Not kept, or it did not answer: see/).count()).toBeGreaterThan(3);
  await studio.open("/storage");
  await expect.poll(() => page.getByText("This storage keeps no observability.").count()).toBe(1);
  await studio.open("/threads");
  await expect.poll(() => page.getByRole("link", { name: "Where is order ST-1041?" }).count()).toBe(1);
});
