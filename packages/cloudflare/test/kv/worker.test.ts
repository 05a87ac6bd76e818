import { join } from "node:path";
import { bundleWorker, scratchFolder } from "@stowage/testkit/engines";
import { expectedDay } from "@stowage/testkit/remote";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectWeight } from "../weight.ts";

const bundle = (name: string) => bundleWorker(join(import.meta.dirname, "workers", `${name}.ts`));

describe("a bundled Worker on a namespace, without compatibility flags", () => {
  const folder = scratchFolder();
  let runtime: Miniflare;
  beforeAll(async () => {
    const { script } = await bundle("application");
    runtime = new Miniflare({
      modules: true,
      script,
      compatibilityDate: "2026-07-01",
      kvNamespaces: ["KV"],
      kvPersist: folder.path,
    });
    await runtime.ready;
  });
  afterAll(async () => {
    await runtime.dispose();
    folder.remove();
  });

  const get = async (path: string) => (await runtime.dispatchFetch(`http://worker${path}`)).json();

  test("runs an application on all seven domains", async () => {
    expect(await get("/day")).toEqual({ name: "CloudflareKVStorage", day: expectedDay });
  });

  test("a process sees what it wrote while KV still shows what was before; another one does not", async () => {
    expect(await get("/late")).toEqual({
      seen: ["new", "old"],
      title: "changed",
      gone: null,
      elsewhere: "old",
    });
  });

  test("what an invocation cannot finish is refused with its number, before anything is written", async () => {
    const refused = (needed: number, left: number, limit: number) => ({
      told: { code: "resource_limit", domain: "memory", operation: "saveMessages", needed, left, limit },
      written: 0,
    });
    expect(await get("/small")).toEqual({
      free: refused(79, 50, 50),
      paid: { told: "saved", written: 70 },
      paidTooMany: refused(1409, 1000, 1000),
      invocation: [{ told: "saved", written: 7 }, refused(44, 27, 60)],
    });
  });

  test("a key that is written too often is written when its turn comes", async () => {
    expect(await get("/busy")).toEqual({ refused: 1, title: "slow" });
  });
});

test("the size of the bundle is what the README says", async () => {
  expectWeight("A Worker with `CloudflareKVStorage`", await bundle("store"));
});
