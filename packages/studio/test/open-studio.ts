import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { MastraCompositeStore } from "@stowage/core";
import { LibSQLStore } from "@stowage/libsql";
import { createServer, type ServerOptions } from "@stowage/server";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect, inject } from "vitest";
import { openBrowser } from "./browser.ts";
import { seed } from "./seed.ts";

const screenshots = join(import.meta.dirname, "../test-output");

export interface Studio {
  url: string;
  storage: LibSQLStore;
  page: Page;
  /** Opens a screen and waits until nothing loads. */
  open(path: string): Promise<void>;
  /** A picture of the screen as it is, for people. */
  picture(name: string): Promise<void>;
  /** Holds the screen against the rules of accessibility, in the light and the dark theme. */
  audit(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The built Studio on a real server and a file that the quick start wrote, in a real browser. `narrow` serves less of it, and
 * `options` are the server's.
 */
export async function openStudio(
  narrow: (storage: LibSQLStore) => MastraCompositeStore = (storage) => storage,
  options: Partial<ServerOptions> = {},
): Promise<Studio | undefined> {
  const browser = await openBrowser();
  if (!browser) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "stowage-studio-"));
  const file = join(folder, "desk.db");
  copyFileSync(inject("desk"), file);
  const storage = new LibSQLStore({ id: "desk", url: `file:${file}` });
  await seed(storage);
  const server = createServer({ storage: narrow(storage), port: 0, studio: { root: inject("studio") }, ...options });
  const { url } = await server.listen();
  const { context, page, problems } = await openPage(browser);
  mkdirSync(screenshots, { recursive: true });

  const audit = async () => {
    for (const scheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor();
      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
        .analyze();
      const found = violations.map(
        ({ id, help, nodes }) => `${scheme}: ${id} (${help}) at ${nodes[0]?.html}: ${nodes[0]?.failureSummary}`,
      );
      expect(found).toEqual([]);
    }
  };
  return {
    url,
    storage,
    page,
    async open(path) {
      await page.goto(`${url}${path}`, { waitUntil: "networkidle" });
    },
    async picture(name) {
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
    audit,
    async close() {
      await context.close();
      await browser.close();
      await server.close();
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
      expect(problems).toEqual([]);
    },
  };
}

/** A page whose errors, refused contents and requests to other places are found at the end. */
async function openPage(browser: Browser): Promise<{ context: BrowserContext; page: Page; problems: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Warning:/.test(message.text())) problems.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") problems.push(`a request to ${hostname}`);
  });
  return { context, page, problems };
}
