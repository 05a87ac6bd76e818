import type { Engine } from "../engine/engine.ts";
import { groupCommit } from "../layers/group-commit.ts";
import { retry } from "../layers/retry.ts";
import { stack } from "../layers/stack.ts";
import { telemetry } from "../layers/telemetry.ts";

/**
 * The layers every store has around its engine, from the engine outwards: `retry`, `groupCommit` where the database has one
 * writer, `telemetry`.
 */
export function standardStack(engine: Engine, hasOneWriter: boolean): Engine {
  return stack(engine, [retry(), ...(hasOneWriter ? [groupCommit()] : []), telemetry()]);
}
