import type { DomainContext } from "./context.ts";
import { evalsSuite } from "./scores/evals.ts";
import { listsSuite } from "./scores/lists.ts";
import { savingSuite } from "./scores/saving.ts";

/** What every storage promises about the domain `scores`. */
export function scoresSuite(context: DomainContext): void {
  savingSuite(context);
  listsSuite(context);
  evalsSuite(context);
}
