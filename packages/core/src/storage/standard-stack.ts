import type { Engine } from "../engine/engine.ts";

/** The layers every store has around its engine, from the engine outwards. */
export function standardStack(engine: Engine): Engine {
  return engine;
}
