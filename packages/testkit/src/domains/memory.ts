import type { DomainContext } from "./context.ts";
import { bufferingSuite } from "./memory/buffering.ts";
import { changesSuite } from "./memory/changes.ts";
import { contentSuite } from "./memory/content.ts";
import { copiesSuite } from "./memory/copies.ts";
import { deletionSuite } from "./memory/deletion.ts";
import { includingSuite } from "./memory/including.ts";
import { listingSuite } from "./memory/listing.ts";
import { maintenanceSuite } from "./memory/maintenance.ts";
import { observationalSuite } from "./memory/observational.ts";
import { ownersSuite } from "./memory/owners.ts";
import { processesSuite } from "./memory/processes.ts";
import { resourcesSuite } from "./memory/resources.ts";
import { rolesSuite } from "./memory/roles.ts";
import { savingSuite } from "./memory/saving.ts";
import { threadListsSuite } from "./memory/thread-lists.ts";
import { threadsSuite } from "./memory/threads.ts";

/** What every storage promises about the domain `memory`. */
export function memorySuite(context: DomainContext): void {
  threadsSuite(context);
  threadListsSuite(context);
  deletionSuite(context);
  savingSuite(context);
  contentSuite(context);
  listingSuite(context);
  rolesSuite(context);
  includingSuite(context);
  changesSuite(context);
  copiesSuite(context);
  resourcesSuite(context);
  ownersSuite(context);
  observationalSuite(context);
  bufferingSuite(context);
  processesSuite(context);
  maintenanceSuite(context);
}
