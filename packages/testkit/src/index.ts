/** The suites that prove an engine or a storage object, for everybody who makes one. Needs vitest. */
export { foreignThings, goesOnWithThread } from "./adoption.ts";
export { anyText, columnValue, filterOf, jsonText, jsonValue, keyText, rowOf, walkOf } from "./arbitraries.ts";
export {
  awkwardBigints,
  awkwardFloats,
  awkwardIntegers,
  awkwardJson,
  awkwardKeys,
  awkwardTexts,
  awkwardTimestamps,
} from "./awkward.ts";
export type { HotOperation } from "./budget/operations.ts";
export { type BudgetHarness, budgetSuite } from "./budget/suite.ts";
export { eachFault, type FaultOptions } from "./chaos/each-fault.ts";
export { type ChaosOutcome, type ChaosScenario, engineScenarios } from "./chaos/scenarios.ts";
export { chaosSuite } from "./chaos/suite.ts";
export { type TestClock, testClock, testEpoch } from "./clock.ts";
export { type DescribeEngineOptions, describeEngine } from "./describe-engine.ts";
export {
  type DomainContext,
  type DomainKey,
  type DomainSuite,
  domainKeys,
  type OpenStorageOptions,
  type TestStorage,
} from "./domains/context.ts";
export { storageHarness, storageOn } from "./domains/storage-on.ts";
export { type DomainHarness, domainSuite } from "./domains/suite.ts";
export { domainSuites } from "./domains/suites.ts";
export { engineSuite } from "./engine/suite.ts";
export { type FieldDefect, fd, fdIf } from "./field-defect.ts";
export type { EngineHarness } from "./harness.ts";
export { memoryHarness } from "./memory-harness.ts";
export { type ModelOptions, modelSuite } from "./model/suite.ts";
export { filledValue, fillTables, tablesOf } from "./plans/filled.ts";
export { type Explaining, sqlitePlanSuite } from "./plans/sqlite-plan-suite.ts";
export { type ValueOf, walksAlong } from "./plans/walks.ts";
export type { ProcessHarness, StorageModule } from "./processes/harness.ts";
export { processSuite } from "./processes/suite.ts";
export { sizesTest } from "./sizes.ts";
