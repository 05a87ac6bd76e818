import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `agents`. */
export function agentsSuite(_context: DomainContext): void {}
