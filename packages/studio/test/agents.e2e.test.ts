import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
beforeAll(async () => {
  studio = (await openStudio()) as Studio;
  if (studio) await writeAgent();
});
afterAll(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());

/** An agent of two versions, the first in force. */
async function writeAgent(): Promise<void> {
  const agents = await studio.storage.getStore("agents");
  if (!agents) throw new Error("no agents");
  const model = { provider: "mock", name: "one" };
  await agents.create({ agent: { id: "clerk", name: "Clerk", instructions: "Answer letters.\nBe brief.", model } });
  const first = await agents.getLatestVersion("clerk");
  await agents.update({ id: "clerk", status: "published", activeVersionId: first?.id ?? null });
  await agents.createVersion({
    agentId: "clerk",
    name: "Clerk",
    instructions: "Answer letters.\nBe kind.",
    model: { provider: "mock", name: "two" },
    changeMessage: "Kinder",
  });
}

test("the list leads to the configuration in force", async () => {
  const { page } = studio;
  await studio.open("/agents");
  await seen("Support desk").toBe(1);
  await studio.picture("agents");
  await studio.audit();
  await page.getByRole("link", { name: "Clerk" }).click();
  await seen("Be brief.").toBe(1);
  await seen("in force").toBe(1);
  await studio.picture("agent");
  await studio.audit();
});

test("two versions are compared, the newer is put in force, the older restored", async () => {
  const { page } = studio;
  const agents = await studio.storage.getStore("agents");
  const newest = await agents?.getLatestVersion("clerk");
  await studio.open("/agents/clerk?tab=versions");
  await seen("2 versions").toBe(1);
  await page.getByLabel("Select all versions shown").check();
  await page.getByRole("button", { name: "Compare the two selected" }).click();
  await seen("Version 1 to 2").toBe(1);
  await seen(/Be kind\./).toBe(1);
  await studio.picture("agent-diff");
  await studio.audit();
  await studio.open(`/agents/clerk?v=${newest?.id}`);
  await page.getByRole("button", { name: "Activate" }).click();
  await page.getByRole("button", { name: "Activate version 2" }).click();
  await seen("Version 2 is in force").toBe(1);
  expect((await agents?.getById("clerk"))?.activeVersionId).toBe(newest?.id);
  await page.getByRole("button", { name: "Restore as a new version" }).click();
  await expect.poll(async () => (await agents?.getLatestVersion("clerk"))?.versionNumber).toBe(3);
});

test("agents are filtered and opened by keys, and a link shows the difference of two versions", async () => {
  const { page } = studio;
  const agents = await studio.storage.getStore("agents");
  await studio.open("/agents");
  await page.getByRole("combobox", { name: "Status" }).click();
  await page.getByRole("option", { name: "published" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("status")).toBe("published");
  await page.locator("h1").click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/agents\/.+/);
  const opened = page.url();
  await page.keyboard.press("]");
  await expect.poll(() => page.url()).not.toBe(opened);
  await page.getByRole("tab", { name: "Used by" }).click();
  await seen("No stored agent uses this one").toBe(1);

  const { versions } = (await agents?.listVersions({ agentId: "clerk", perPage: false })) ?? { versions: [] };
  const [from, to] = [1, 2].map((number) => versions.find(({ versionNumber }) => versionNumber === number)?.id);
  await studio.open(`/agents/clerk/diff?from=${from}&to=${to}`);
  await seen("Version 1 to 2").toBe(1);
  await studio.open("/agents/nobody");
  await seen("There is no such record").toBe(1);
});
