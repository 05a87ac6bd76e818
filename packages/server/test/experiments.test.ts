import { afterAll, beforeAll, expect, test } from "vitest";
import { openServer, type TestServer } from "./open-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const ask = async (path: string, body?: object) => {
  const response = await fetch(`${server.url}/api${path}`, {
    ...(body && { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};

test("a run and its results are found and reviewed without the dataset, inline data included", async () => {
  const experiments = await server.storage.getStore("experiments");
  await experiments?.createExperiment({ id: "inline", name: "Inline", totalItems: 1 });
  const now = new Date();
  await experiments?.addExperimentResult({
    id: "r1",
    experimentId: "inline",
    itemId: "i1",
    input: "Which bulbs fit?",
    output: "E14",
    startedAt: now,
    completedAt: now,
  });
  expect(await ask("/experiments/inline")).toMatchObject({ status: 200, body: { id: "inline", datasetId: null } });
  const { body } = await ask("/experiments/inline/results?perPage=10");
  expect(body).toMatchObject({ results: [{ id: "r1", output: "E14", scores: [] }], pagination: { total: 1 } });
  const verdict = { status: "reviewed", tags: ["good"], comment: "short" };
  expect(await ask("/experiments/inline/results/r1", verdict)).toMatchObject({ status: 200, body: verdict });
});

test("an unknown run, and the result of another, are not found", async () => {
  expect((await ask("/experiments/none")).status).toBe(404);
  expect((await ask("/experiments/none/results")).status).toBe(404);
  expect((await ask("/experiments/none/results/r1", { status: "reviewed" })).status).toBe(404);
});
