import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LibSQLStore } from "@stowage/libsql";
import { beforeEach, expect, test } from "vitest";
import { shell } from "./run.ts";

const { folder, run } = shell();
const storage = ["--storage", "file:agents.db"];
const open = () => new LibSQLStore({ id: "test", url: `file:${join(folder(), "agents.db")}` });

beforeEach(async () => {
  const store = open();
  const at = new Date(Date.now() - 60_000);
  const attributes = { provider: "openai", model: "gpt-4.1", usage: { inputTokens: 1_000_000 } };
  await (await store.getStore("observability"))?.batchCreateSpans({
    records: [
      {
        ...{ traceId: "t", spanId: "s", name: "n", startedAt: at, endedAt: at, spanType: "model_generation" },
        attributes,
        input: { password: "hunter2" },
      },
    ],
  });
  await store.close();
});

async function span() {
  const store = open();
  const trace = await (await store.getStore("observability"))?.getTrace({ traceId: "t" });
  await store.close();
  return trace?.spans[0];
}

test("costs are computed anew by the prices that come along, or by one's own", async () => {
  const dry = await run(["recost", ...storage, "--dry-run", "--json"]);
  expect(JSON.parse(dry.stdout)).toEqual({ calls: 1, changed: 1, unknown: [] });
  expect((await span())?.attributes).not.toHaveProperty("cost");
  expect((await run(["recost", ...storage])).stdout).toMatch(/costs that changed +1/);
  expect((await span())?.attributes).toMatchObject({ cost: { estimatedCost: 2, costUnit: "USD" } });

  const printed = await run(["recost", "--print-prices"]);
  expect(printed.stdout.trim().split("\n").length).toBeGreaterThan(40);
  const price = {
    provider: "openai",
    model: "gpt-4.1",
    validFrom: "2020-01-01",
    currency: "EUR",
    meters: { input: 7 },
  };
  writeFileSync(join(folder(), "ours.jsonl"), `${JSON.stringify(price)}\n`);
  const ours = await run(["recost", ...storage, "--prices", "ours.jsonl", "--since", "2020-01-01"]);
  expect(ours).toMatchObject({ code: 0, stderr: "" });
  expect((await span())?.attributes).toMatchObject({
    cost: { estimatedCost: 7, costUnit: "EUR", priceVersion: expect.stringContaining("ours.jsonl") },
  });
  writeFileSync(join(folder(), "bad.jsonl"), "{}\n");
  for (const bad of [
    ["--prices", "bad.jsonl"],
    ["--prices", "none.jsonl"],
    ["--since", "soon"],
  ]) {
    expect((await run(["recost", ...storage, ...bad])).code).toBe(2);
  }
}, 60_000);

test("secrets that are stored are counted, and hidden with consent", async () => {
  const counted = await run(["redact", ...storage]);
  expect(counted.stdout).toMatch(/with secrets +1.*spans\.input +1.*--yes/s);
  expect((await span())?.input).toEqual({ password: "hunter2" });
  const hidden = await run(["redact", ...storage, "--yes", "--json"]);
  expect(JSON.parse(hidden.stdout)).toMatchObject({ records: { spans: { seen: 1, changed: 1 } } });
  expect((await span())?.input).toEqual({ password: "[hidden]" });
  expect((await run(["redact", ...storage, "--style", "loud"])).code).toBe(2);
}, 60_000);
