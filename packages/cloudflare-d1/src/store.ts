import { type AdapterDefinition, adapterDomains, adapterStore, type StoreOptions } from "@stowage/core";
import { journal, retry, stack } from "@stowage/core/layers";
import { journalLimit } from "./capabilities.ts";
import { type D1Engine, d1Engine } from "./engine.ts";
import { type D1Options, resolveOptions } from "./options.ts";

/** Options of {@link D1Store}. */
export type D1StoreOptions = D1Options & StoreOptions;

/** The engine made last from an options object; the store asks for it right after. */
const engines = new WeakMap<object, D1Engine>();

const definition: AdapterDefinition<D1Options> = {
  className: "D1Store",
  displayName: "D1",
  storeName: "CLOUDFLARE_D1",
  target: (options) => ("databaseId" in options ? `the database ${options.databaseId}` : undefined),
  validate: (options, name) => void resolveOptions(options, name),
  open: (options) => {
    const engine = d1Engine(options);
    engines.set(options, engine);
    return engine.needsJournal ? stack(engine, [retry(), journal({ atomicLimit: journalLimit })]) : engine;
  },
};

const domains = adapterDomains(definition, "StorageD1");

export const MemoryStorageD1 = domains.memory;
export type MemoryStorageD1 = InstanceType<typeof MemoryStorageD1>;
export const WorkflowsStorageD1 = domains.workflows;
export type WorkflowsStorageD1 = InstanceType<typeof WorkflowsStorageD1>;
export const ScoresStorageD1 = domains.scores;
export type ScoresStorageD1 = InstanceType<typeof ScoresStorageD1>;
export const ObservabilityStorageD1 = domains.observability;
export type ObservabilityStorageD1 = InstanceType<typeof ObservabilityStorageD1>;
export const AgentsStorageD1 = domains.agents;
export type AgentsStorageD1 = InstanceType<typeof AgentsStorageD1>;
export const DatasetsStorageD1 = domains.datasets;
export type DatasetsStorageD1 = InstanceType<typeof DatasetsStorageD1>;
export const ExperimentsStorageD1 = domains.experiments;
export type ExperimentsStorageD1 = InstanceType<typeof ExperimentsStorageD1>;

/** All seven domains on Cloudflare D1. */
export class D1Store extends adapterStore(definition, domains) {
  static {
    // Bundlers rename classes.
    Object.defineProperty(D1Store, "name", { value: definition.className });
  }

  readonly #engine: D1Engine;

  constructor(options: D1StoreOptions) {
    super(options);
    this.#engine = engines.get(options) as D1Engine;
  }

  /**
   * How far this store has got in the history of the database. A store that starts from it elsewhere (`bookmark` among the
   * options) sees at least as much. `undefined` before the first answer, and where the store is not on a binding.
   */
  get bookmark(): string | undefined {
    return this.#engine.bookmark;
  }
}
