import type { Engine } from "@stowage/core/engine";
import type { EngineHarness } from "@stowage/testkit";
import { KvEngine, readFirst } from "../src/index.ts";
import { capabilities, OrderedMap, OrderedMapPort } from "./ordered-map.ts";

const maps = new WeakMap<Engine, OrderedMap>();

/** An engine on an ordered map. */
export function open(map = new OrderedMap(), prefix = ""): KvEngine {
  const engine = new KvEngine(readFirst(new OrderedMapPort(map, prefix)), { scanPage: 100, scanBudget: 400 });
  maps.set(engine, map);
  return engine;
}

export const harness: EngineHarness = {
  capabilities,
  open: () => open(),
  reopen: (engine) => open(maps.get(engine)),
  openBeside: (engine) => open(maps.get(engine), "beside "),
};
