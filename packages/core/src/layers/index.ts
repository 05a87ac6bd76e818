/** What applies to every domain on every engine. `stack` puts layers around an engine and documents their order. */
export { type Chaos, type ChaosOptions, type ChaosVerb, chaos } from "./chaos.ts";
export { groupCommit } from "./group-commit.ts";
export { type JournalOptions, journal } from "./journal.ts";
export { chunks as overflowTable } from "./overflow/chunks.ts";
export { type OverflowOptions, overflow } from "./overflow/overflow.ts";
export { type ProcessLevelOptions, processLevel, type RowChange } from "./process-level.ts";
export { type RetryOptions, retry } from "./retry.ts";
export { forward, type Layer, stack } from "./stack.ts";
export { type TelemetryOptions, telemetry } from "./telemetry.ts";
