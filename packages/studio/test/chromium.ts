import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { test } from "vitest";

/** Debian's, else what STOWAGE_CHROMIUM names. */
const executablePath = [process.env.STOWAGE_CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

/** Tests that need a browser: on a machine without one they are skipped aloud, and fail in CI. */
export const browserTest = executablePath || process.env.CI ? test : test.skip;
if (!executablePath)
  console.warn("\nNo Chromium: the Studio is not driven. Install Debian's chromium, or set STOWAGE_CHROMIUM.\n");

export async function openBrowser(): Promise<Browser | undefined> {
  if (executablePath) return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  if (process.env.CI) throw new Error("Chromium is missing: apt-get install chromium");
  return undefined;
}
