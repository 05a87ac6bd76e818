import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `scores`. */
export function scoresSuite(_context: DomainContext): void {}
