import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `memory`. */
export function memorySuite(_context: DomainContext): void {}
