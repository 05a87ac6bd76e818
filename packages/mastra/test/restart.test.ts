import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LibSQLStore } from "@stowage/libsql";
import { toMastraStorage } from "@stowage/mastra";
import { expect, test } from "vitest";
import { supportDesk } from "./support-desk.ts";

const programs = join(import.meta.dirname, "programs");

test("a suspended workflow survives the death of its process and resumes in another", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "stowage-restart-"));
  const url = pathToFileURL(join(folder, "restart.db")).href;
  try {
    const hook = pathToFileURL(join(programs, "resolve-mastra.mjs")).href;
    const options = [...process.execArgv, "--import", hook, join(programs, "suspend.ts"), url, "run-1"];
    const child = spawn(process.execPath, options, { stdio: ["ignore", "inherit", "inherit"] });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);

    const storage = new LibSQLStore({ id: "second", url });
    const { workflow, memory } = supportDesk(toMastraStorage(storage));
    const run = await workflow.createRun({ runId: "run-1" });
    const result = await run.resume({ step: "ask-for-approval", resumeData: { approved: true } });
    expect(result).toMatchObject({ status: "success", result: { paid: 20 } });
    const { messages } = await memory.recall({ threadId: "thread-1", resourceId: "ada" });
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    await storage.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
