import { rmSync } from "node:fs";
import type { Engine } from "@stowage/core/engine";
import { type DomainHarness, type EngineHarness, storageHarness } from "@stowage/testkit";
import { scratchFolder } from "@stowage/testkit/engines";
import { recordCapabilities } from "../src/capabilities.ts";
import { batches, LanceEngine } from "../src/engine.ts";

interface Place {
  readonly uri: string;
  readonly prefix: string;
  /** Whether the folder goes with this engine. */
  readonly owns: boolean;
}

/** The engine of single records on a folder of its own; the suites run through the layers that make batches of it. */
export function lanceHarness(): EngineHarness {
  const places = new WeakMap<Engine, Place>();
  const connect = (place: Place): Engine => {
    const engine = new LanceEngine({ uri: place.uri, prefix: place.prefix });
    places.set(engine, place);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as Place;
  return {
    capabilities: recordCapabilities,
    bare: false,
    through: { "its layers": batches },
    open: () => connect({ uri: scratchFolder().path, prefix: "", owns: true }),
    reopen: (engine) => connect({ ...placeOf(engine), owns: false }),
    openBeside: (engine) => connect({ ...placeOf(engine), prefix: "beside_", owns: false }),
    dispose(engine) {
      const { uri, owns } = placeOf(engine);
      if (owns) rmSync(uri, { recursive: true, force: true });
    },
  };
}

/** A commit takes some ten milliseconds of work and most calls make several, so that properties are tried with fewer cases. */
export const domainHarness = (): DomainHarness => ({ ...storageHarness(lanceHarness(), batches), propertyShare: 0.1 });
