import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `observability`. */
export function observabilitySuite(_context: DomainContext): void {}
