import type { Engine } from "../engine/engine.ts";
import { groupCommit } from "../layers/group-commit.ts";
import { overflow } from "../layers/overflow/overflow.ts";
import { retry } from "../layers/retry.ts";
import { type Layer, stack } from "../layers/stack.ts";
import { telemetry } from "../layers/telemetry.ts";

/** What a field may hold on every store, in bytes of UTF-8. */
const largestField = 64 * 1024 * 1024;

/**
 * The layers every store has around its engine, from the engine outwards: `retry`; `groupCommit` where the database has one
 * writer, which joins what really fits the engine; `overflow` where a value may be too large for it; `telemetry`.
 */
export function standardStack(engine: Engine, hasOneWriter: boolean): Engine {
  const layers: Layer[] = [retry()];
  if (hasOneWriter) layers.push(groupCommit());
  if (engine.capabilities.maxValueBytes < largestField) layers.push(overflow());
  return stack(engine, [...layers, telemetry()]);
}
