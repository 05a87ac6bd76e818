import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { LibSQLStore } from "@stowage/libsql";
import { afterEach, beforeEach, expect, test } from "vitest";

const run = promisify(execFile);
const processes = 8;
const rounds = 25;
let folder: string;
let url: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-processes-"));
  url = pathToFileURL(join(folder, "shared.db")).href;
});
afterEach(() => rmSync(folder, { recursive: true }));

const startAll = (program: string, ...args: string[]) =>
  Promise.all(
    Array.from({ length: processes }, (_, n) =>
      run(process.execPath, [
        ...process.execArgv,
        join(import.meta.dirname, "programs", program),
        url,
        `p${n}`,
        ...args,
      ]),
    ),
  );

test("FD-004 FD-106: eight processes write one file at once: no error, no lost update, one order", {
  timeout: 120_000,
}, async () => {
  const storage = new LibSQLStore({ id: "shared", url });
  const { memory, workflows, observability, agents } = storage.stores;
  if (!memory || !workflows || !observability || !agents) throw new Error("a domain is missing");
  const now = new Date(0);
  await memory.saveThread({ thread: { id: "shared", resourceId: "r", metadata: {}, createdAt: now, updatedAt: now } });
  await agents.create({ agent: { id: "shared", name: "n", instructions: "", model: { provider: "p", name: "m" } } });

  await startAll("shared-writer.ts", String(rounds));

  const total = processes * rounds;
  const up = await memory.listMessages({ threadId: "shared", perPage: false });
  const down = await memory.listMessages({ threadId: "shared", perPage: false, orderBy: { direction: "DESC" } });
  expect(up.messages).toHaveLength(2 * total);
  expect(down.messages.map(({ id }) => id)).toEqual(up.messages.map(({ id }) => id).reverse());
  for (let n = 0; n < processes; n++) {
    const own = up.messages.map(({ id }) => id).filter((id) => id.startsWith(`p${n}-`));
    expect(own).toEqual(Array.from({ length: rounds }, (_, round) => [`p${n}-${round}-q`, `p${n}-${round}-a`]).flat());
  }
  const thread = await memory.getThreadById({ threadId: "shared" });
  expect(Object.keys(thread?.metadata ?? {})).toHaveLength(total);
  const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "shared", runId: "run" });
  expect(Object.keys(snapshot?.context ?? {})).toHaveLength(total);
  expect(Object.keys(snapshot?.requestContext ?? {})).toHaveLength(total);
  expect((await observability.getTrace({ traceId: "trace" }))?.spans).toHaveLength(total);
  const { versions } = await agents.listVersions({ agentId: "shared", perPage: false, orderBy: { direction: "ASC" } });
  expect(versions.map(({ versionNumber }) => versionNumber)).toEqual(
    Array.from({ length: total + 1 }, (_, n) => n + 1),
  );
  await storage.close();
});
