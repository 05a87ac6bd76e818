import { afterAll, beforeAll, expect } from "vitest";
import { browserTest as test } from "./chromium.ts";
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
  const failed = { runId: "fails", status: "failed", context: {}, error: { message: "the bank said no" } };
  for (const snapshot of [waiting, failed]) {
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
