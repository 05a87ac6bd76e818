import { stack } from "@stowage/core/layers";
import { describe, test } from "vitest";
import { capabilitiesThrough, createLab } from "../engine/lab.ts";
import { type EngineHarness, stacksOf } from "../harness.ts";
import { eachFault } from "./each-fault.ts";
import { type ChaosOutcome, type ChaosScenario, engineScenarios } from "./scenarios.ts";

/**
 * Fails every call of a scenario once, and checks its invariants each time. The faults are where a database has them: below
 * the layers through which the suite runs.
 */
export function chaosSuite(
  name: string,
  harness: EngineHarness,
  scenarios: readonly ChaosScenario[] = engineScenarios,
): void {
  for (const [title, layers] of stacksOf(name, harness)) {
    describe(`${title}: faults`, { timeout: 600_000 }, () => {
      const lab = createLab(harness, [], []);

      const { atomicity } = capabilitiesThrough(harness.capabilities, layers);

      for (const scenario of scenarios) {
        test.skipIf(scenario.needsAtomicBatches && atomicity === "process")(scenario.name, async () => {
          const healthy = stack(lab.engine, layers);
          if (scenario.tables.length > 0) await healthy.converge(scenario.tables);
          await eachFault(async (faults) => {
            const scope = lab.scope();
            await scenario.prepare(healthy, scope);
            const outcome = await scenario.run(stack(lab.engine, [faults, ...layers]), scope).then(
              (): ChaosOutcome => ({ isDone: true }),
              (error: unknown): ChaosOutcome => ({ isDone: false, error }),
            );
            // Another process comes after the fault: it knows nothing of what the first had in mind.
            await scenario.check(stack(lab.engine, layers), scope, outcome);
          });
        });
      }
    });
  }
}
