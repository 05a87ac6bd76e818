import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LibSQLStore } from "@stowage/libsql";
import Database from "libsql";
import { expect, test } from "vitest";

test("FD-108: every domain writes through the one queue of its file: none fails for a lock, none is lost", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stowage-queue-"));
  const file = join(folder, "data.db");
  const storage = new LibSQLStore({ id: "queue", url: `file:${file}` });
  await storage.init();
  const { memory, workflows, scores, observability, agents, datasets, experiments } = await all(storage);
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  const now = new Date();
  let settled = 0;
  const writes = [
    memory.saveThread({ thread: { id: "t", resourceId: "r", createdAt: now, updatedAt: now } }),
    workflows.persistWorkflowSnapshot({ workflowName: "w", runId: "r", snapshot: { status: "running" } as never }),
    scores.saveScore({
      scorerId: "s",
      entityId: "e",
      runId: "r",
      score: 1,
      source: "TEST",
      scorer: {},
      entity: {},
    } as never),
    observability.createSpan({
      span: { traceId: "t", spanId: "s", name: "n", spanType: "generic", isEvent: false, startedAt: now } as never,
    }),
    agents.create({ agent: { id: "a", name: "a", instructions: "i", model: {} } as never }),
    datasets.createDataset({ name: "d" }),
    experiments.createExperiment({ name: "e", targetType: "agent", targetId: "a", totalItems: 0 } as never),
  ].map((write) => write.finally(() => settled++));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(settled).toBe(0);
  other.exec("COMMIT");
  other.close();
  await Promise.all(writes);
  expect(await memory.getThreadById({ threadId: "t" })).toMatchObject({ id: "t" });
  expect((await workflows.listWorkflowRuns()).total).toBe(1);
  expect(
    (await scores.listScoresByScorerId({ scorerId: "s", pagination: { page: 0, perPage: 1 } })).scores,
  ).toHaveLength(1);
  expect((await observability.getTrace({ traceId: "t" }))?.spans).toHaveLength(1);
  expect(await agents.getById("a")).toMatchObject({ id: "a" });
  expect((await datasets.listDatasets({ pagination: { page: 0, perPage: 9 } })).datasets).toHaveLength(1);
  expect((await experiments.listExperiments({ pagination: { page: 0, perPage: 9 } })).experiments).toHaveLength(1);
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

async function all(storage: LibSQLStore) {
  const get = <Key extends Parameters<LibSQLStore["getStore"]>[0]>(key: Key) => storage.getStore(key);
  const [memory, workflows, scores, observability, agents, datasets, experiments] = await Promise.all([
    get("memory"),
    get("workflows"),
    get("scores"),
    get("observability"),
    get("agents"),
    get("datasets"),
    get("experiments"),
  ]);
  if (!memory || !workflows || !scores || !observability || !agents || !datasets || !experiments)
    throw new Error("a domain is missing");
  return { memory, workflows, scores, observability, agents, datasets, experiments };
}
