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

  test("a key that is written too often is written when its turn comes", async () => {
    expect(await get("/busy")).toEqual({ refused: 1, title: "slow" });
  });
});

test("the size of the bundle is what the README says", async () => {
  expectWeight("A Worker with `CloudflareKVStorage`", await bundle("store"));
});
