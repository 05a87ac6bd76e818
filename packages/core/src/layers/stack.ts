import type { Engine } from "../engine/engine.ts";

/**
 * A unit of behaviour around an engine: takes an engine, gives an engine. It states only what it changes and forwards the
 * rest. A layer that adds an ability raises the capability, one that removes it lowers it.
 */
export type Layer = (inner: Engine) => Engine;

/**
 * Puts layers around an engine. The list reads from the engine outwards: `stack(engine, [a, b])` is `b(a(engine))`, so that
 * a call meets `b` first.
 *
 * The order that works, from the engine outwards (leave out what you do not need):
 *
 * 1. `chaos` (tests only): faults where a database has them
 * 2. `retry`: repeats single requests to the database; above it nobody repeats them again
 * 3. `journal` or `processLevel`: makes batches of what the engine can do
 * 4. `groupCommit`: joins the batches of callers within what the engine takes; chunks pass it in bulk form
 * 5. `overflow`: cuts values that are too large, and lifts the size of a batch
 * 6. `telemetry`: sees what callers saw; below `retry` it shows each request instead
 *
 * `stack(engine, [retry(), telemetry()])` measures calls with their retries. `stack(engine, [groupCommit(), retry()])` is
 * wrong: a caller's retry is grouped anew with strangers' writes.
 */
export const stack = (engine: Engine, layers: readonly Layer[]): Engine =>
  layers.reduce((inner, layer) => layer(inner), engine);

/** An engine that does what `inner` does, but for `changes`. Getters in `changes` stay getters. */
export function forward(inner: Engine, changes: Partial<Engine>): Engine {
  const engine: Engine = {
    get name() {
      return inner.name;
    },
    get contract() {
      return inner.contract;
    },
    get capabilities() {
      return inner.capabilities;
    },
    converge: (tables, options) => inner.converge(tables, options),
    read: (ops, options) => inner.read(ops, options),
    write: (ops, options) => inner.write(ops, options),
    removeRange: (op, options) => inner.removeRange(op, options),
    ...(inner.sizes && { sizes: inner.sizes.bind(inner) }),
    close: () => inner.close(),
  };
  return Object.defineProperties(engine, Object.getOwnPropertyDescriptors(changes)) as Engine;
}
