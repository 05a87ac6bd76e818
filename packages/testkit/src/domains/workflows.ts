import type { DomainContext } from "./context.ts";
import { concurrencySuite } from "./workflows/concurrency.ts";
import { costSuite } from "./workflows/cost.ts";
import { largeRunsSuite } from "./workflows/large-runs.ts";
import { listsSuite } from "./workflows/lists.ts";
import { maintenanceSuite } from "./workflows/maintenance.ts";
import { mergeSuite } from "./workflows/merge.ts";
import { modelSuite } from "./workflows/model.ts";
import { resultsSuite } from "./workflows/results.ts";
import { snapshotsSuite } from "./workflows/snapshots.ts";
import { stateSuite } from "./workflows/state.ts";

/** What every storage promises about the domain `workflows`. */
export function workflowsSuite(context: DomainContext): void {
  snapshotsSuite(context);
  resultsSuite(context);
  mergeSuite(context);
  stateSuite(context);
  listsSuite(context);
  maintenanceSuite(context);
  concurrencySuite(context);
  largeRunsSuite(context);
  costSuite(context);
  modelSuite(context);
}
