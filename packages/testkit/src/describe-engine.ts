import { chaosSuite } from "./chaos/suite.ts";
import { storageHarness } from "./domains/storage-on.ts";
import { domainSuite } from "./domains/suite.ts";
import { engineSuite } from "./engine/suite.ts";
import type { EngineHarness } from "./harness.ts";
import { type ModelOptions, modelSuite } from "./model/suite.ts";

export interface DescribeEngineOptions {
  /** Only these suites; all when absent. */
  readonly suites?: readonly ("engine" | "model" | "chaos" | "domains")[];
  readonly model?: ModelOptions;
}

/**
 * Every suite there is, on an engine: its contract, its life beside the in-memory engine, faults at every call, and the
 * seven domains on top of it.
 *
 * ```ts
 * describeEngine("my database", { capabilities, open: () => myEngine({ url: freshDatabase() }) });
 * ```
 */
export function describeEngine(name: string, harness: EngineHarness, options: DescribeEngineOptions = {}): void {
  const { suites = ["engine", "model", "chaos", "domains"] } = options;
  if (suites.includes("engine")) engineSuite(name, harness);
  if (suites.includes("model")) modelSuite(name, harness, options.model);
  if (suites.includes("chaos")) chaosSuite(name, harness);
  if (suites.includes("domains")) domainSuite(name, storageHarness(harness));
}
