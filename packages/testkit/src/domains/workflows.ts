import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `workflows`. */
export function workflowsSuite(_context: DomainContext): void {}
