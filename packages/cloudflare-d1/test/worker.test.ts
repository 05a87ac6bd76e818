import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleWorker } from "@stowage/testkit/engines";
import { expectedDay } from "@stowage/testkit/remote";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const bundle = (name: string) => bundleWorker(join(import.meta.dirname, "workers", `${name}.ts`));

describe("a bundled Worker, without compatibility flags", () => {
  let runtime: Miniflare;
  beforeAll(async () => {
    const { script } = await bundle("application");
    runtime = new Miniflare({ modules: true, script, compatibilityDate: "2026-07-01", d1Databases: ["DB"] });
    await runtime.ready;
  });
  afterAll(() => runtime.dispose());

  const get = async (path: string) => (await runtime.dispatchFetch(`http://worker${path}`)).json();

  test("requests that arrive together share one store and its first initialisation", async () => {
    expect(await Promise.all(Array.from({ length: 8 }, () => get("/")))).toEqual(Array(8).fill(null));
  });

  test("runs an application on all seven domains", async () => {
    const { name, day, bookmark } = (await get("/day")) as { name: string; day: unknown; bookmark: string };
    expect(day).toEqual(expectedDay);
    expect(name).toBe("D1Store");
    expect(bookmark).toMatch(/^[0-9a-f-]{20,}$/);
  });

  test("keeps a value larger than D1 takes", async () => {
    expect(await get("/large")).toEqual({ same: true });
  });
});

test("the size of the bundle is what the README says", async () => {
  const { bytes, gzipBytes } = await bundle("store");
  const kilobytes = (size: number) => Math.round(size / 1000);
  console.log(`a Worker with D1Store: ${bytes} bytes, ${gzipBytes} with gzip`);
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  const [, raw, zipped] = /(\d+) kB, (\d+) kB with gzip/.exec(readme) ?? [];
  // Room for what other packages gain meanwhile.
  expect(Math.abs(kilobytes(bytes) - Number(raw))).toBeLessThanOrEqual(Number(raw) * 0.1);
  expect(Math.abs(kilobytes(gzipBytes) - Number(zipped))).toBeLessThanOrEqual(Number(zipped) * 0.1);
});
