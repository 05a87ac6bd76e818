import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
import { liesWithin } from "./lies-within.ts";
import { openStudio, type Studio } from "./open-studio.ts";

let studio: Studio;
beforeAll(async () => {
  studio = (await openStudio()) as Studio;
  const workflows = await studio?.storage.getStore("workflows");
  const now = Date.now();
  const waiting = {
    runId: "waits",
    status: "suspended",
    context: {
      input: { order: "ST-1" },
      check: { status: "success", startedAt: now - 5000, endedAt: now - 4000, output: { amount: 120 } },
      approve: { status: "suspended", startedAt: now - 4000, suspendedAt: now - 3900, suspendPayload: { amount: 120 } },
    },
    serializedStepGraph: [
      { type: "step", step: { id: "check" } },
      { type: "step", step: { id: "approve" } },
      { type: "step", step: { id: "pay" } },
    ],
    suspendedPaths: { approve: [1] },
  };
  const outer = {
    runId: "outer",
    status: "success",
    context: {
      input: { order: "ST-1" },
      check: { status: "success", startedAt: now - 5000, endedAt: now - 4000, output: { amount: 120 } },
      refund: {
        status: "success",
        startedAt: now - 4000,
        endedAt: now - 3000,
        metadata: { nestedRunId: "inner" },
        output: { paid: true },
      },
      tell: { status: "running", startedAt: now - 3000, payload: ["ada", "ben", "eve"], output: ["told", null, null] },
    },
    serializedStepGraph: [
      { type: "step", step: { id: "check" } },
      {
        type: "conditional",
        steps: [
          { type: "step", step: { id: "refund", component: "WORKFLOW" } },
          { type: "step", step: { id: "refuse" } },
        ],
        serializedConditions: [{ id: "is-right" }, { id: "is-wrong" }],
      },
      { type: "foreach", step: { id: "tell" }, opts: { concurrency: 1 } },
    ],
  };
  const inner = {
    runId: "inner",
    status: "success",
    context: { transfer: { status: "success", startedAt: now - 3900, endedAt: now - 3100, output: { iban: "DE00" } } },
    serializedStepGraph: [{ type: "step", step: { id: "transfer" } }],
  };
  await workflows?.persistWorkflowSnapshot({ workflowName: "refund", runId: "inner", snapshot: inner as never });
  const failed = { runId: "fails", status: "failed", context: {}, error: { message: "the bank said no" } };
  for (const snapshot of [waiting, failed, outer]) {
    await workflows?.persistWorkflowSnapshot({
      workflowName: "payout",
      runId: snapshot.runId,
      resourceId: "cust-eve",
      snapshot: snapshot as never,
    });
  }
});
afterAll(() => studio?.close());

const seen = (text: string | RegExp) => expect.poll(() => studio.page.getByText(text).count());

test("runs of every workflow, with what stands still and why", async () => {
  const { page } = studio;
  await studio.open("/workflows");
  await seen("the bank said no").toBe(1);
  await studio.picture("workflow-runs");
  await studio.audit();
  await studio.open("/workflows/payout/runs?status=suspended");
  await expect.poll(() => page.getByRole("link", { name: "waits" }).count()).toBe(1);
  expect(await page.getByText("the bank said no").count()).toBe(0);
  await studio.open("/workflows?resource=nobody");
  await seen("Nothing matches the filter").toBe(1);
});

test("a run shows its steps in time, what it waits for, and the call that goes on", async () => {
  const { page } = studio;
  await studio.open("/workflows/payout/runs/waits");
  const steps = page.getByLabel("Steps", { exact: true });
  await expect.poll(() => steps.getByRole("row").count()).toBe(4);
  await seen("not begun").toBe(1);
  await page.getByRole("button", { name: "Copy the resume call" }).click();
  const copied = await page.evaluate("navigator.clipboard.readText()");
  expect(copied).toContain('run.resume({ step: "approve", resumeData: {} })');
  await steps.getByRole("button", { name: "check" }).click();
  expect(page.url()).toContain("step=check");
  await seen(/amount/).toBeGreaterThan(1);
  await studio.picture("workflow-run");
  await studio.audit();
});

test("a run is a picture of what follows what, whose boxes are buttons", async () => {
  const { page } = studio;
  await studio.open("/workflows/payout/runs/outer");
  await page.getByText("Graph", { exact: true }).click();
  const graph = page.getByLabel("What follows what").first();
  await expect.poll(() => graph.getByRole("button", { name: /check/ }).count()).toBe(1);
  await expect.poll(() => liesWithin(graph.getByRole("button", { name: /tell/ }), graph)).toBe(true);
  await seen("when is-wrong").toBe(1);
  await seen("1 of 3 items").toBe(1);
  expect(page.url()).toContain("view=graph");
  await studio.picture("workflow-graph");
  await studio.audit();
  await graph.getByRole("button", { name: /refund/ }).click();
  await expect.poll(() => page.getByLabel("Run of refund").count()).toBe(1);
  await graph.getByRole("button", { name: /check/ }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByLabel("Step check", { exact: true }).count()).toBe(1);
  expect(page.url()).toContain("step=check");
});

test("a nested workflow opens in its place, down to a step that a link names", async () => {
  const { page } = studio;
  await studio.open("/workflows/payout/runs/outer");
  await page.getByLabel("Steps", { exact: true }).getByRole("button", { name: "refund" }).click();
  const nested = page.getByLabel("Run of refund");
  await nested.getByRole("button", { name: "transfer" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("step")).toBe("refund/transfer");
  await page.reload({ waitUntil: "networkidle" });
  await expect.poll(() => nested.getByLabel("Step transfer", { exact: true }).count()).toBe(1);
  await studio.picture("workflow-nested");
  await studio.audit();
  await nested.getByRole("link", { name: "the run of refund by itself" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/workflows/refund/runs/inner");
});

test("a run that waits can be marked as cancelled, once it was confirmed", async () => {
  const { page, storage } = studio;
  await studio.open("/workflows/payout/runs/waits");
  await page.getByRole("button", { name: "Mark as cancelled" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Mark as cancelled" }).click();
  await seen("The run is marked as cancelled").toBe(1);
  const run = await (await storage.getStore("workflows"))?.getWorkflowRunById({ runId: "waits" });
  expect(run?.snapshot.status).toBe("canceled");
});

test("a run that does not exist is explained", async () => {
  await studio.open("/workflows/payout/runs/none");
  await seen("There is no such record").toBe(1);
});
