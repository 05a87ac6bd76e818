import type { DomainContext } from "./context.ts";
import { adoptionSuite } from "./observability/adoption.ts";
import { branchesSuite } from "./observability/branches.ts";
import { concurrencySuite } from "./observability/concurrency.ts";
import { deletingSuite } from "./observability/deleting.ts";
import { deltasSuite } from "./observability/deltas.ts";
import { legacySuite } from "./observability/legacy.ts";
import { listsSuite } from "./observability/lists.ts";
import { olapSuite } from "./observability/olap.ts";
import { orderSuite } from "./observability/order.ts";
import { otlpSuite } from "./observability/otlp.ts";
import { queriesSuite } from "./observability/queries.ts";
import { readingSuite } from "./observability/reading.ts";
import { rollupsSuite } from "./observability/rollups.ts";
import { sharingSuite } from "./observability/sharing.ts";
import { signalsSuite } from "./observability/signals.ts";
import { writingSuite } from "./observability/writing.ts";

/** What every storage promises about the domain `observability`. */
export function observabilitySuite(context: DomainContext): void {
  writingSuite(context);
  orderSuite(context);
  readingSuite(context);
  listsSuite(context);
  deletingSuite(context);
  concurrencySuite(context);
  legacySuite(context);
  adoptionSuite(context);
  signalsSuite(context);
  olapSuite(context);
  branchesSuite(context);
  deltasSuite(context);
  queriesSuite(context);
  otlpSuite(context);
  sharingSuite(context);
  rollupsSuite(context);
}
