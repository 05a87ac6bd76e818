import { join } from "node:path";
import { capabilities } from "@stowage/cloudflare/do";
import type { Engine } from "@stowage/core/engine";
import type { EngineHarness } from "@stowage/testkit";
import { bundleWorker, post, scratchFolder } from "@stowage/testkit/engines";
import { RemoteEngine } from "@stowage/testkit/remote";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll } from "vitest";

/** Starts a runtime for the tests of a file; gives its address. */
export function onWorkerd(): () => URL {
  const folder = scratchFolder();
  let runtime: Miniflare | undefined;
  let url: URL | undefined;
  beforeAll(async () => {
    const { script } = await bundleWorker(join(import.meta.dirname, "workers", "engine.ts"));
    runtime = new Miniflare({
      modules: true,
      script,
      compatibilityDate: "2026-07-01",
      durableObjectsPersist: folder.path,
      durableObjects: { OBJECTS: { className: "EngineObject", useSQLite: true } },
    });
    url = await runtime.ready;
  });
  afterAll(async () => {
    await runtime?.dispose();
    folder.remove();
  });
  return () => url as URL;
}

let sequence = 0;

/** Engines inside objects: an empty database is a new object. Without `storage` they have `sql` alone. */
export function objectHarness(url: () => URL, { hasStorage = true, forceDerived = false } = {}): EngineHarness {
  const places = new WeakMap<Engine, string>();
  const connect = async (object: string, tablePrefix = ""): Promise<Engine> => {
    const send = (body: string) => post(new URL(`/${object}`, url()), body);
    const engine = await RemoteEngine.open({ tablePrefix, hasStorage, forceDerived }, send);
    places.set(engine, object);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as string;
  return {
    capabilities: forceDerived
      ? { ...capabilities, nativeFilter: false, nativeJsonFilter: false, nativeAggregate: false }
      : capabilities,
    open: () => connect(`object${++sequence}`),
    reopen: (engine) => connect(placeOf(engine)),
    openBeside: (engine) => connect(placeOf(engine), `beside${++sequence}_`),
  };
}
