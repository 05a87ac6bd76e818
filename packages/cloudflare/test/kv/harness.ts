import { join } from "node:path";
import { namespaceCapabilities } from "@stowage/cloudflare/kv";
import type { Engine } from "@stowage/core/engine";
import { type Layer, processLevel, retry } from "@stowage/core/layers";
import type { EngineHarness } from "@stowage/testkit";
import { bundleWorker, post, scratchFolder } from "@stowage/testkit/engines";
import { RemoteEngine } from "@stowage/testkit/remote";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll } from "vitest";

/** Starts a runtime with a namespace for the tests of a file; gives its address. */
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
      kvNamespaces: ["KV"],
      kvPersist: folder.path,
    });
    url = await runtime.ready;
  });
  afterAll(async () => {
    await runtime?.dispose();
    folder.remove();
  });
  return () => url as URL;
}

/** As the store stacks them: KV has no batches of its own. */
export const layers: readonly Layer[] = [retry(), processLevel()];

let sequence = 0;

function harness(open: (keyPrefix: string) => Promise<Engine> | Engine): EngineHarness {
  const places = new WeakMap<Engine, string>();
  const connect = async (keyPrefix: string): Promise<Engine> => {
    const engine = await open(keyPrefix);
    places.set(engine, keyPrefix);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as string;
  return {
    capabilities: namespaceCapabilities,
    bare: false,
    through: { "process level": layers },
    open: () => connect(`t${++sequence}.`),
    reopen: (engine) => connect(placeOf(engine)),
    openBeside: (engine) => connect(`b${++sequence}.${placeOf(engine)}`),
  };
}

/** Engines inside a Worker, on its binding: an empty database is a prefix of its own. */
export const bindingHarness = (url: () => URL): EngineHarness =>
  harness((keyPrefix) => RemoteEngine.open({ keyPrefix }, (body) => post(new URL("/engine", url()), body)));

/** Stands in for `fetch` to Cloudflare's REST interface. */
export const restTo =
  (url: () => URL): typeof fetch =>
  (input, init) => {
    const { pathname, search } = new URL(String(input));
    return fetch(new URL(pathname + search, url()), init);
  };
