import type { MastraCompositeStore, StowageDomainKey, StowageDomains } from "@stowage/core";
import { allows, owns, type Principal } from "../access/principal.ts";

/** A record that an id names. */
export interface Found {
  kind: string;
  domain: StowageDomainKey;
  id: string;
  title?: string;
  within?: Record<string, string>;
}

type Hit = Omit<Found, "domain" | "id"> & {
  /** The owner; `undefined` for kinds without, which only those see who see all. */
  owner?: string | null | undefined;
};

interface Search {
  domain: StowageDomainKey;
  run(store: never, id: string): Promise<Hit | undefined>;
}

const one = { page: 0, perPage: 1 } as const;

const search = <K extends StowageDomainKey>(
  domain: K,
  run: (store: StowageDomains[K], id: string) => Promise<Hit | undefined>,
): Search => ({ domain, run: run as Search["run"] });

/** By kind: one cheap read, by key or along an access path. */
const searches: readonly Search[] = [
  search("memory", async (store, id) => {
    const thread = await store.getThreadById({ threadId: id });
    if (!thread) return undefined;
    return { kind: "thread", owner: thread.resourceId, ...(thread.title && { title: thread.title }) };
  }),
  search("memory", async (store, id) => {
    const [message] = (await store.listMessagesById({ messageIds: [id] })).messages;
    if (!message) return undefined;
    return { kind: "message", owner: message.resourceId, within: { threadId: message.threadId ?? "" } };
  }),
  search("memory", async (store, id) => {
    const isKnown =
      (await store.getResourceById({ resourceId: id })) ??
      (await store.listThreads({ ...one, filter: { resourceId: id } })).threads[0];
    return isKnown ? { kind: "resource", owner: id } : undefined;
  }),
  search("workflows", async (store, id) => {
    const run = await store.getWorkflowRunById({ runId: id });
    if (!run) return undefined;
    const { workflowName, resourceId } = run;
    return { kind: "run", owner: resourceId, title: workflowName, within: { workflowName } };
  }),
  search("workflows", async (store, id) => {
    const { runs } = await store.listWorkflowRuns({ ...one, workflowName: id, includeTotal: false });
    return runs[0] ? { kind: "workflow" } : undefined;
  }),
  search("scores", async (store, id) => {
    const score = await store.getScoreById({ id });
    return score ? { kind: "score", owner: score.resourceId, title: score.scorerId } : undefined;
  }),
  search("scores", async (store, id) => {
    const { scores } = await store.listScoresByScorerId({ scorerId: id, pagination: one });
    return scores[0] ? { kind: "scorer" } : undefined;
  }),
  search("observability", async (store, id) => {
    const root = await store.getRootSpan({ traceId: id });
    if (root) return { kind: "trace", owner: root.span.resourceId, title: root.span.name };
    const first = (await store.getStructure({ traceId: id }))?.spans[0];
    return first ? { kind: "trace", title: first.name } : undefined;
  }),
  search("observability", async (store, id) => {
    const score = await store.getScoreById(id);
    if (!score) return undefined;
    const within = score.traceId ? { traceId: score.traceId } : undefined;
    return { kind: "trace score", owner: score.resourceId, title: score.scorerId, ...(within && { within }) };
  }),
  search("agents", async (store, id) => {
    const agent = await store.getById(id);
    return agent ? { kind: "agent" } : undefined;
  }),
  search("agents", async (store, id) => {
    const version = await store.getVersion(id);
    if (!version) return undefined;
    return { kind: "version", title: version.name, within: { agentId: version.agentId } };
  }),
  search("datasets", async (store, id) => {
    const dataset = await store.getDatasetById({ id });
    return dataset ? { kind: "dataset", title: dataset.name } : undefined;
  }),
  search("datasets", async (store, id) => {
    const item = await store.getItemById({ id });
    return item ? { kind: "item", within: { datasetId: item.datasetId } } : undefined;
  }),
  search("experiments", async (store, id) => {
    const experiment = await store.getExperimentById({ id });
    return experiment ? { kind: "experiment", ...(experiment.name && { title: experiment.name }) } : undefined;
  }),
  search("experiments", async (store, id) => {
    const result = await store.getExperimentResultById({ id });
    return result ? { kind: "result", within: { experimentId: result.experimentId } } : undefined;
  }),
];

/** Spans are known by their trace first: to find one by its own id alone takes a walk. */
const spanSearch = search("observability", async (store, id) => {
  const span = (await store.findSpan({ spanId: id }))?.span;
  if (!span) return undefined;
  return { kind: "span", owner: span.resourceId, title: span.name, within: { traceId: span.traceId } };
});

/**
 * Every record that the id names and the principal may see: of domains that its scopes let it read, and of its owners. A
 * domain that the storage has not, or that cannot answer, has none. Spans are looked for when there is nothing else.
 */
export async function lookUp(storage: MastraCompositeStore, principal: Principal, id: string): Promise<Found[]> {
  const ask = async ({ domain, run }: Search): Promise<Found[]> => {
    if (!allows(principal, domain, "read")) return [];
    const store = await storage.getStore(domain).catch(() => undefined);
    const hit = store && (await run(store as never, id).catch(() => undefined));
    if (!hit || !owns(principal, hit.owner)) return [];
    const { owner: _owner, ...rest } = hit;
    return [{ ...rest, domain, id }];
  };
  const found = (await Promise.all(searches.map(ask))).flat();
  return found.length > 0 ? found : ask(spanSearch);
}
