import {
  type AdapterDefinition,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { convexEngine } from "./engine.ts";
import { type ConvexOptions, resolveOptions } from "./options.ts";

/** Options of {@link ConvexStore}. */
export type ConvexStoreOptions = ConvexOptions & StoreOptions;

const definition: AdapterDefinition<ConvexOptions> = {
  className: "ConvexStore",
  takesName: true,
  storeName: "CONVEX",
  target: (options) => ("deploymentUrl" in options ? withoutCredentials(options.deploymentUrl) : undefined),
  validate: (options, name) => void resolveOptions(options, name),
  open: (options) => convexEngine(options),
};

const domains = adapterDomains(definition, "Convex");

export const MemoryConvex = domains.memory;
export type MemoryConvex = InstanceType<typeof MemoryConvex>;
export const WorkflowsConvex = domains.workflows;
export type WorkflowsConvex = InstanceType<typeof WorkflowsConvex>;
export const ScoresConvex = domains.scores;
export type ScoresConvex = InstanceType<typeof ScoresConvex>;
export const ObservabilityConvex = domains.observability;
export type ObservabilityConvex = InstanceType<typeof ObservabilityConvex>;
export const AgentsConvex = domains.agents;
export type AgentsConvex = InstanceType<typeof AgentsConvex>;
export const DatasetsConvex = domains.datasets;
export type DatasetsConvex = InstanceType<typeof DatasetsConvex>;
export const ExperimentsConvex = domains.experiments;
export type ExperimentsConvex = InstanceType<typeof ExperimentsConvex>;

/** All seven domains on a Convex deployment. */
export const ConvexStore = adapterStore(definition, domains);
export type ConvexStore = InstanceType<typeof ConvexStore>;
