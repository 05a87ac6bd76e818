import type { Connection, ConnectionOptions } from "@lancedb/lancedb";
import {
  type AdapterDefinition,
  type AdapterDomains,
  adapterDomain,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { lanceEngine } from "./engine.ts";
import { Library } from "./library.ts";
import { type LanceOptions, resolveOptions } from "./options.ts";

/** Options of {@link LanceStorage}. */
export type LanceStorageOptions = LanceOptions & StoreOptions;

const definition: AdapterDefinition<LanceOptions> = {
  className: "LanceStorage",
  takesName: true,
  storeName: "LANCE",
  target: ({ uri = "", client }) => (client ? undefined : uri.includes("://") ? withoutCredentials(uri) : uri),
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => lanceEngine(options, { logger }),
};

export const StoreMemoryLance = adapterDomain(definition, "memory", "StoreMemoryLance");
export type StoreMemoryLance = InstanceType<typeof StoreMemoryLance>;
export const StoreWorkflowsLance = adapterDomain(definition, "workflows", "StoreWorkflowsLance");
export type StoreWorkflowsLance = InstanceType<typeof StoreWorkflowsLance>;
export const StoreScoresLance = adapterDomain(definition, "scores", "StoreScoresLance");
export type StoreScoresLance = InstanceType<typeof StoreScoresLance>;
export const StoreObservabilityLance = adapterDomain(definition, "observability", "StoreObservabilityLance");
export type StoreObservabilityLance = InstanceType<typeof StoreObservabilityLance>;
export const StoreAgentsLance = adapterDomain(definition, "agents", "StoreAgentsLance");
export type StoreAgentsLance = InstanceType<typeof StoreAgentsLance>;
export const StoreDatasetsLance = adapterDomain(definition, "datasets", "StoreDatasetsLance");
export type StoreDatasetsLance = InstanceType<typeof StoreDatasetsLance>;
export const StoreExperimentsLance = adapterDomain(definition, "experiments", "StoreExperimentsLance");
export type StoreExperimentsLance = InstanceType<typeof StoreExperimentsLance>;

const domains: AdapterDomains<LanceOptions> = {
  memory: StoreMemoryLance,
  workflows: StoreWorkflowsLance,
  scores: StoreScoresLance,
  observability: StoreObservabilityLance,
  agents: StoreAgentsLance,
  datasets: StoreDatasetsLance,
  experiments: StoreExperimentsLance,
};

type Extra = Pick<StoreOptions, "disableInit" | "retention"> & Pick<LanceOptions, "prefix">;

/** All seven domains on LanceDB. */
export class LanceStorage extends adapterStore(definition, domains) {
  /** A connection of its own, which `close()` ends. Connects, so that a wrong place shows at once. */
  static create(
    id: string,
    name: string,
    uri: string,
    connectionOptions?: Partial<ConnectionOptions>,
    options?: Extra,
  ): Promise<LanceStorage>;
  /** The same with the name as the id. */
  static create(
    name: string,
    uri: string,
    connectionOptions?: Partial<ConnectionOptions>,
    options?: Extra,
  ): Promise<LanceStorage>;
  static async create(...args: unknown[]): Promise<LanceStorage> {
    const [id, name, uri, connectionOptions, extra] = typeof args[2] === "string" ? args : [args[0], ...args];
    const options = { id, name, uri, connectionOptions, ...(extra as Extra) } as LanceStorageOptions;
    const { uri: place, connectionOptions: how } = resolveOptions(options);
    const storage = new LanceStorage(options);
    (await (await Library.load()).connect(place, how)).close();
    return storage;
  }

  /** On a connection of your own, which the store never closes. */
  static fromClient(id: string, name: string, client: Connection, options?: Extra): LanceStorage;
  /** The same with the name as the id. */
  static fromClient(name: string, client: Connection, options?: Extra): LanceStorage;
  static fromClient(...args: unknown[]): LanceStorage {
    const [id, name, client, extra] = typeof args[1] === "string" ? args : [args[0], ...args];
    return new LanceStorage({ id, name, client, ...(extra as Extra) } as LanceStorageOptions);
  }
}
