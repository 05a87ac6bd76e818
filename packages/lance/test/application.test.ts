import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanceStorage } from "@stowage/lance";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { expect, test } from "vitest";

test("an application works on all seven domains", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stowage-lance-day-"));
  const storage = await LanceStorage.create("day", "day", folder);
  expect(await applicationDay(storage)).toEqual(expectedDay);
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});
