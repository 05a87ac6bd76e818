import type { DomainContext } from "./context.ts";
import { removalSuite } from "./experiments/removal.ts";
import { resultsSuite } from "./experiments/results.ts";
import { runsSuite } from "./experiments/runs.ts";

/** What every storage promises about the domain `experiments`. */
export function experimentsSuite(context: DomainContext): void {
  runsSuite(context);
  resultsSuite(context);
  removalSuite(context);
}
