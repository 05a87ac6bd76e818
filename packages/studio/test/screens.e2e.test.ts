import { afterAll, beforeAll, describe, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
beforeAll(async () => {
  studio = (await openStudio()) as Studio;
});
afterAll(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());

describe("screens", () => {
  test("the overview counts every list and shows the health of the domains", async () => {
    await studio.open("/");
    await seen("Traces with an error, 24 h").toBe(1);
    await seen("Newest errors").toBe(1);
    await expect
      .poll(() => studio.page.getByLabel("Health of the storage").getByText("up", { exact: true }).count())
      .toBe(7);
    await studio.picture("overview");
    await studio.audit();
  });

  test("resources lead to working memory, which can be changed", async () => {
    const { page } = studio;
    await studio.open("/resources");
    await page.getByRole("link", { name: "cust-eve" }).click();
    await seen("Eve Lindt").toBeGreaterThan(0);
    await studio.picture("resource");
    await studio.audit();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("What is remembered about cust-eve").fill("# Customer\n- Name: Eve Changed");
    await page.getByRole("button", { name: "Save" }).click();
    await seen("Eve Changed").toBeGreaterThan(0);
    const kept = await (await studio.storage.getStore("memory"))?.getResourceById({ resourceId: "cust-eve" });
    expect(kept?.workingMemory).toContain("Eve Changed");
  });

  test("every owner of a thread is listed, by name if asked", async () => {
    const { total } = (await (await studio.storage.getStore("memory"))?.listResources({ perPage: 1 })) ?? { total: 0 };
    await studio.open("/resources");
    await seen(`${total} resources`).toBe(1);
    await studio.open("/resources?q=EVE");
    await seen("1 resources").toBe(1);
  });

  test("working memory has a history: what each call changed, and a way back", async () => {
    const { page } = studio;
    const memory = await studio.storage.getStore("memory");
    await studio.open("/resources/cust-mira?tab=history");
    await seen(/Last asked/).toBeGreaterThan(0);
    await studio.picture("working-memory-history");
    await studio.audit();
    const before = (await memory?.getResourceById({ resourceId: "cust-mira" }))?.workingMemory;
    await memory?.updateResource({ resourceId: "cust-mira", workingMemory: "Written by hand" });
    await studio.open("/resources/cust-mira?tab=history");
    await seen(/a program or a person changed it/).toBe(1);
    await page.getByRole("button", { name: "Restore" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
    await expect
      .poll(async () => (await memory?.getResourceById({ resourceId: "cust-mira" }))?.workingMemory)
      .toBe(before);
    await studio.open("/resources/cust-ben?tab=history");
    await seen("No traced call wrote this working memory").toBe(1);
  });

  test("a change of working memory that another overtook is refused", async () => {
    const { page } = studio;
    await studio.open("/resources/cust-ben");
    await page.getByRole("button", { name: "Edit" }).click();
    await (await studio.storage.getStore("memory"))?.updateResource({
      resourceId: "cust-ben",
      workingMemory: "theirs",
    });
    await page.getByLabel("What is remembered about cust-ben").fill("mine");
    await page.getByRole("button", { name: "Save" }).click();
    await seen("It changed meanwhile").toBe(1);
  });

  test("a resource is forgotten after its name was typed", async () => {
    const { page } = studio;
    const memory = await studio.storage.getStore("memory");
    await studio.open("/resources/cust-ada");
    await page.getByRole("button", { name: "Forget" }).click();
    await page.getByLabel("Type “cust-ada” to go on").fill("cust-ada");
    await page.getByRole("button", { name: "Forget cust-ada" }).click();
    await seen(/threads of cust-ada removed/).toBe(1);
    expect((await memory?.listThreads({ filter: { resourceId: "cust-ada" }, perPage: 1 }))?.total).toBe(0);
  });

  test("search finds an id in any domain, and words in the messages of a resource", async () => {
    await studio.open("/search?q=thread-149");
    await seen("thread in memory").toBe(1);
    await studio.open("/search?q=refund&resource=cust-eve");
    await seen("I want a refund.").toBeGreaterThan(0);
    await seen(/found among 4 messages of cust-eve, which are all/).toBe(1);
    await studio.open("/search?q=lindt");
    await seen(/Eve Lindt/).toBeGreaterThan(0);
    await seen(/found among [\d,]+ messages, which are all/).toBe(1);
    await studio.open("/search?q=no such words");
    await seen(/No message holds/).toBe(1);
    await studio.picture("search");
    await studio.audit();
  });

  test("the settings change theme and zone", async () => {
    const { page } = studio;
    await studio.open("/settings");
    await studio.audit();
    await studio.picture("settings");
    await page.getByText("Dark", { exact: true }).click();
    await expect.poll(() => page.evaluate("document.documentElement.dataset.mantineColorScheme")).toBe("dark");
    await page.getByText("As the system", { exact: true }).click();
  });
});

describe("everywhere", () => {
  test("a pasted id leads to its record through the palette", async () => {
    const { page } = studio;
    await studio.open("/");
    await page.keyboard.press("Control+k");
    await page.getByLabel("Find a screen or an id").fill("message-2");
    await page.getByText("message message-2").click();
    await expect.poll(() => page.url()).toContain("/threads/thread-149?m=message-2");
  });

  test("g and a letter open screens; ? lists the keys", async () => {
    const { page } = studio;
    await studio.open("/");
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await expect.poll(() => page.url()).toContain("/storage");
    await page.keyboard.press("?");
    await seen("previous and next record").toBe(1);
    await studio.audit();
  });

  test("what was deleted is explained, with what support asks for", async () => {
    await studio.open("/threads/no-such-thread");
    await seen("There is no such record").toBe(1);
    await seen(/status 404 · not_found · request /).toBe(1);
    await studio.audit();
  });

  test("a server that fails leaves a way on", async () => {
    const { page } = studio;
    await page.route("**/api/stowage/threads?*", (route) =>
      route.fulfill({
        status: 503,
        json: {
          error: "the storage of memory is not available",
          code: "unavailable",
          requestId: "r-1",
          retry: "permanent",
        },
      }),
    );
    await studio.open("/threads");
    await seen("Could not show the threads").toBe(1);
    await page.unroute("**/api/stowage/threads?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => page.getByRole("link", { name: "Where is order ST-1041?" }).count()).toBe(1);
  });

  test("a narrow window shows the menu on demand", async () => {
    const { page } = studio;
    await page.setViewportSize({ width: 320, height: 640 });
    await studio.open("/threads");
    await page.getByLabel("Menu").click();
    await page.getByRole("link", { name: "Storage" }).click();
    await expect.poll(() => page.url()).toContain("/storage");
    await studio.audit();
    await page.setViewportSize({ width: 1280, height: 800 });
  });
});
