import type { DomainContext } from "./context.ts";
import { concurrencySuite } from "./datasets/concurrency.ts";
import { identitySuite } from "./datasets/identity.ts";
import { itemsSuite } from "./datasets/items.ts";
import { largeSuite } from "./datasets/large.ts";
import { purgeSuite } from "./datasets/purge.ts";
import { readingSuite } from "./datasets/reading.ts";
import { recordsSuite } from "./datasets/records.ts";
import { schemasSuite } from "./datasets/schemas.ts";
import { tenancySuite } from "./datasets/tenancy.ts";

/** What every storage promises about the domain `datasets`. */
export function datasetsSuite(context: DomainContext): void {
  recordsSuite(context);
  itemsSuite(context);
  readingSuite(context);
  identitySuite(context);
  schemasSuite(context);
  tenancySuite(context);
  purgeSuite(context);
  concurrencySuite(context);
  largeSuite(context);
}
