import { type Engine, MemoryEngine, StorageError } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import type { EngineHarness } from "./harness.ts";

/** The in-memory engine as the suites want it: several engines may stand on one database, and one's end is not the other's. */
export function memoryHarness(create: () => MemoryEngine = () => new MemoryEngine()): EngineHarness {
  const databases = new WeakMap<Engine, MemoryEngine>();
  const connect = (database: MemoryEngine): Engine => {
    const engine = connection(database);
    databases.set(engine, database);
    return engine;
  };
  return {
    capabilities: create().capabilities,
    open: () => connect(create()),
    reopen: (engine) => connect(databases.get(engine) as MemoryEngine),
  };
}

/** An engine with an end of its own, on a database that outlives it. */
function connection(database: Engine): Engine {
  let closed = false;
  const whenOpen =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (closed) throw new StorageError("the storage is closed", { code: "closed" });
      return call(...args);
    };
  return forward(database, {
    converge: whenOpen(database.converge.bind(database)),
    read: whenOpen(database.read.bind(database)) as Engine["read"],
    write: whenOpen(database.write.bind(database)),
    removeRange: whenOpen(database.removeRange.bind(database)),
    close: async () => {
      closed = true;
    },
  });
}
