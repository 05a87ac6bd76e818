import type { DomainContext } from "./context.ts";

/** What every storage promises about the domain `datasets`. */
export function datasetsSuite(_context: DomainContext): void {}
