// Makes the pictures of the docs again, on the data of the quick start: npm run pictures -w @stowage/studio
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LibSQLStore } from "@stowage/libsql";
import { createServer } from "@stowage/server";
import { buildStudio } from "./build.ts";
import { studioRoot } from "./node/index.ts";
import { openBrowser } from "./test/browser.ts";
import { runQuickStart } from "./test/quick-start.ts";

const images = join(import.meta.dirname, "../../docs/images");
const folder = mkdtempSync(join(tmpdir(), "stowage-pictures-"));
const file = join(folder, "desk.db");
const browser = await openBrowser();
if (!browser) throw new Error("Chromium is missing");

await buildStudio(studioRoot);
await runQuickStart(file);
const storage = new LibSQLStore({ id: "support-desk", url: `file:${file}` });
const server = createServer({ storage, port: 0, studio: { root: studioRoot } });
const { url } = await server.listen();
const traces = await (await storage.getStore("observability"))?.listTraces({ pagination: { page: 0, perPage: 50 } });
const letter = traces?.spans.find(({ name }) => name.includes("agent"));
const threads = await (await storage.getStore("memory"))?.listThreads({ filter: { resourceId: "cust-ada" } });

const screens = {
  overview: "/",
  thread: `/threads/${threads?.threads.at(-1)?.id}?panel=memory`,
  trace: `/traces/${letter?.traceId}`,
};
mkdirSync(images, { recursive: true });
const page = await browser.newPage({ viewport: { width: 1160, height: 640 }, reducedMotion: "reduce" });
for (const [name, path] of Object.entries(screens)) {
  await page.goto(`${url}${path}`, { waitUntil: "networkidle" });
  await page.screenshot({ path: join(images, `studio-${name}.png`) });
}

await browser.close();
await server.close();
await storage.close();
rmSync(folder, { recursive: true });
