import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkerBundle } from "@stowage/testkit/engines";
import { expect } from "vitest";

/** Compares a bundle with the line of the README that begins so, with room for what other packages gain meanwhile. */
export function expectWeight(what: string, { bytes, gzipBytes }: WorkerBundle): void {
  console.log(`${what}: ${bytes} bytes, ${gzipBytes} with gzip`);
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  const line = readme.split("\n").find((text) => text.includes(what)) ?? "";
  const [, raw, zipped] = /(\d+) kB, (\d+) kB with gzip/.exec(line) ?? [];
  for (const [size, told] of [
    [bytes, raw],
    [gzipBytes, zipped],
  ] as const) {
    expect(Math.abs(size / 1000 - Number(told))).toBeLessThanOrEqual(Number(told) * 0.1);
  }
}
