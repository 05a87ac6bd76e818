import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import {
  type AdapterDefinition,
  type AdapterDomains,
  AdapterStore,
  adapterDomains,
  type StoreOptions,
} from "./adapter.ts";

const engines = new WeakMap<object, MemoryEngine>();

const definition: AdapterDefinition<StoreOptions> = {
  className: "InMemoryStore",
  displayName: "InMemoryStorage",
  storeName: "MEMORY",
  target: () => "the memory of this process",
  open(options) {
    const engine = new MemoryEngine();
    engines.set(options, engine);
    return engine;
  },
};

const domains = adapterDomains(definition, "InMemory");

/** All domains in the memory of this process, for tests and short-lived agents. Needs no initialisation; nothing is durable. */
export class InMemoryStore extends AdapterStore {
  private readonly memory: MemoryEngine;

  constructor({ id = "in-memory", ...rest }: Partial<StoreOptions> = {}) {
    const options = { id, ...rest };
    super(definition as AdapterDefinition<object>, options, domains as AdapterDomains<never>);
    this.memory = engines.get(options) as MemoryEngine;
  }

  /** Forgets everything. @deprecated Make a new store, or call `dangerouslyClearAll()` on a domain. */
  clear(): void {
    this.memory.clear();
  }
}

/** Older name of {@link InMemoryStore}. */
export const MockStore = InMemoryStore;
