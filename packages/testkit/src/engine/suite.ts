import { describe } from "vitest";
import { type EngineHarness, stacksOf } from "../harness.ts";
import { aggregatesSection } from "./aggregates.ts";
import { callsSection } from "./calls.ts";
import { concurrencySection } from "./concurrency.ts";
import { convergeSection } from "./converge.ts";
import { countsSection } from "./counts.ts";
import { cursorsSection } from "./cursors.ts";
import { filtersSection } from "./filters.ts";
import { createLab, type Lab } from "./lab.ts";
import { limitsSection } from "./limits.ts";
import { refusalsSection } from "./refusals.ts";
import { removeRangeSection } from "./remove-range.ts";
import { revisionsSection } from "./revisions.ts";
import { engineTables } from "./tables.ts";
import { uniqueKeysSection } from "./unique-keys.ts";
import { valuesSection } from "./values.ts";
import { walksSection } from "./walks.ts";
import { writesSection } from "./writes.ts";

const sections: readonly ((lab: Lab) => void)[] = [
  valuesSection,
  writesSection,
  refusalsSection,
  revisionsSection,
  uniqueKeysSection,
  walksSection,
  cursorsSection,
  filtersSection,
  countsSection,
  aggregatesSection,
  removeRangeSection,
  concurrencySection,
  callsSection,
  convergeSection,
  limitsSection,
];

/** The engine contract: every verb and option, once on the engine and once more through each layer stack of the harness. */
export function engineSuite(name: string, harness: EngineHarness): void {
  for (const [title, layers] of stacksOf(name, harness)) {
    describe(`${title}: engine`, () => {
      const lab = createLab(harness, layers, engineTables);
      for (const section of sections) section(lab);
    });
  }
}
