import { join } from "node:path";
import { bundleWorker } from "@stowage/testkit/engines";
import { expectedDay } from "@stowage/testkit/remote";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectWeight } from "../weight.ts";

const bundle = (name: string) => bundleWorker(join(import.meta.dirname, "workers", `${name}.ts`));

describe("a bundled Worker with an object, without compatibility flags", () => {
  let runtime: Miniflare;
  beforeAll(async () => {
    const { script } = await bundle("application");
    runtime = new Miniflare({
      modules: true,
      script,
      compatibilityDate: "2026-07-01",
      durableObjects: { OBJECTS: { className: "UserObject", useSQLite: true } },
    });
    await runtime.ready;
  });
  afterAll(() => runtime.dispose());

  const get = async (path: string) => (await runtime.dispatchFetch(`http://worker${path}`)).json();

  test("runs an application on all seven domains, in each object by itself", async () => {
    const expected = { name: "CloudflareDOStorage", id: "do-store", day: expectedDay };
    expect(await get("/?user=ada")).toEqual(expected);
    expect(await get("/?user=grace")).toEqual(expected);
  });

  test("keeps a value larger than a row may be", async () => {
    expect(await get("/large?user=ada")).toEqual({ same: true });
  });
});

test("the size of the bundle is what the README says", async () => {
  expectWeight("A Worker with `CloudflareDOStorage`", await bundle("store"));
});
