import { InMemoryStore, type ScoresStorage, type WorkflowsStorage } from "@stowage/core";
import { beforeEach, describe, expect, test } from "vitest";
import { createServer, type StowageServer } from "../src/index.ts";

let server: StowageServer;
let workflows: WorkflowsStorage;
let scores: ScoresStorage;
beforeEach(async () => {
  const storage = new InMemoryStore();
  workflows = (await storage.getStore("workflows")) as WorkflowsStorage;
  scores = (await storage.getStore("scores")) as ScoresStorage;
  server = createServer({ storage });
});

const get = async (path: string): Promise<Response> => server.fetch(new Request(`http://localhost/api/stowage${path}`));
const json = async (path: string): Promise<any> => (await get(path)).json();
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const addRun = (runId: string, second: number) =>
  workflows.persistWorkflowSnapshot({
    workflowName: "w",
    runId,
    snapshot: { runId, status: "success" } as never,
    createdAt: at(second),
  });

describe("runs after a cursor", () => {
  // Five of one instant among others, so that ties stand across pages.
  beforeEach(async () => {
    for (const [index, second] of [1, 2, 3, 3, 3, 3, 3, 4].entries()) await addRun(`r${index}`, second);
  });

  test.each([1, 2, 3, 8, 50])("by %d, each once and in order, whatever is added meanwhile", async (perPage) => {
    const whole = (await json("/runs?perPage=100")).runs.map(({ runId }: { runId: string }) => runId);
    expect(whole).toHaveLength(8);
    const found: string[] = [];
    let page = await json(`/runs?perPage=${perPage}`);
    for (let number = 0; ; number++) {
      found.push(...page.runs.map(({ runId }: { runId: string }) => runId));
      expect(page.hasMore).toBe(page.next !== null);
      if (page.next === null) break;
      await addRun(`new${number}`, 100 + number);
      page = await json(`/runs?perPage=${perPage}&after=${page.next}`);
    }
    expect(found).toEqual(whole);
  });

  test("a cursor that is none is refused by name", async () => {
    for (const after of ["x", btoa("{}"), btoa('{"at":"soon","seen":[]}')]) {
      const response = await get(`/runs?after=${after}`);
      expect([response.status, await response.json()]).toMatchObject([400, { issues: [{ field: "after" }] }]);
    }
  });
});

test("scores after a cursor, within a time", async () => {
  for (const second of [1, 2, 2, 2, 3]) {
    const score = { scorerId: "s", entityId: "e", runId: "r", score: 1, source: "TEST", scorer: {}, entity: {} };
    await scores.saveScore({ ...score, output: {}, createdAt: at(second) } as never);
  }
  const { pagination } = await json("/scores?perPage=10");
  expect(pagination).toMatchObject({ total: 5, next: null });
  const range = encodeURIComponent(JSON.stringify({ start: at(2) }));
  const ids = new Set<string>();
  let page = await json(`/scores?perPage=1&dateRange=${range}`);
  for (; ; page = await json(`/scores?perPage=1&dateRange=${range}&after=${page.pagination.next}`)) {
    for (const { id } of page.scores) ids.add(id);
    if (page.pagination.next === null) break;
  }
  expect(ids.size).toBe(4);
});
