import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { processSuite } from "@stowage/testkit";
import { afterAll } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "stowage-processes-"));
afterAll(() => rmSync(folder, { recursive: true }));

let places = 0;
processSuite({
  module: join(import.meta.dirname, "programs/storage.ts"),
  place: () => [pathToFileURL(join(folder, `${places++}.db`)).href],
  kills: Number(process.env.STOWAGE_CRASHES ?? 200),
  isUndisturbed: true,
});
