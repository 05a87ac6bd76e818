import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's, else what STOWAGE_CHROMIUM names. */
const executablePath = [process.env.STOWAGE_CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

/** Whether tests of a browser run: on a machine without one they are skipped aloud, and in CI they fail. */
export const canDrive = executablePath !== undefined || process.env.CI !== undefined;

export async function openBrowser(): Promise<Browser | undefined> {
  if (executablePath) return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  if (process.env.CI) throw new Error("Chromium is missing: apt-get install chromium");
  console.warn("\nNo Chromium: the Studio is not driven. Install Debian's chromium, or set STOWAGE_CHROMIUM.\n");
  return undefined;
}
