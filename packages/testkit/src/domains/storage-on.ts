import {
  type AdapterDefinition,
  type AdapterStore,
  adapterDomains,
  adapterStore,
  type StoreOptions,
} from "@stowage/core";
import type { Clock, Engine } from "@stowage/core/engine";
import { type Layer, stack } from "@stowage/core/layers";
import { capabilitiesThrough } from "../engine/lab.ts";
import type { EngineHarness } from "../harness.ts";
import type { OpenStorageOptions } from "./context.ts";
import type { DomainHarness } from "./suite.ts";

interface TestStoreOptions extends StoreOptions {
  readonly engine: Engine;
  readonly clock?: Clock;
}

const definition: AdapterDefinition<TestStoreOptions> = {
  className: "TestStore",
  storeName: "TEST",
  open: ({ engine }) => engine,
};
const TestStore = adapterStore(definition, adapterDomains(definition, "Test"));

/** A storage object with every domain on an engine that the caller opened; closing it closes the engine. */
export const storageOn = (
  engine: Engine,
  options: { clock?: Clock; id?: string; disableInit?: boolean } = {},
): AdapterStore => new TestStore({ id: "test", engine, ...options });

/** How the domain suites get storage objects when all there is is an engine. */
export function storageHarness(harness: EngineHarness, layers: readonly Layer[] = []): DomainHarness {
  const engines = new WeakMap<object, Engine>();
  const dress = (engine: Engine, { clock, wrap, disableInit }: OpenStorageOptions) => {
    const storage = storageOn(wrap(stack(engine, layers)), { clock, disableInit });
    engines.set(storage, engine);
    return storage;
  };
  const { reopen, dispose } = harness;
  return {
    capabilities: capabilitiesThrough(harness.capabilities, layers),
    openStorage: async (options) => dress(await harness.open(), options),
    ...(reopen && {
      reopenStorage: async (storage, options) => dress(await reopen(engines.get(storage) as Engine), options),
    }),
    ...(dispose && { dispose: (storage) => dispose(engines.get(storage) as Engine) }),
  };
}
