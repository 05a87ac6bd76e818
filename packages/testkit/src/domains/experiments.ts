import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `experiments`. */
export function experimentsSuite(_context: DomainContext): void {}
