import { listsSuite } from "./agents/lists.ts";
import { recordsSuite } from "./agents/records.ts";
import { resolutionSuite } from "./agents/resolution.ts";
import { versionsSuite } from "./agents/versions.ts";
import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `agents`. */
export function agentsSuite(context: DomainContext): void {
  recordsSuite(context);
  versionsSuite(context);
  resolutionSuite(context);
  listsSuite(context);
}
