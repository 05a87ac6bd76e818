import { StorageError } from "../errors.ts";

const same = (domain: string, names: string) => names.split(" ").map((name) => [name, `${domain}.${name}`] as const);
const renamed = (names: string, now: string) => names.split(" ").map((name) => [name, now] as const);

/** Methods that once sat on the storage object, and where they are now. */
const removed: readonly (readonly [name: string, now: string])[] = [
  ...same("memory", "getThreadById saveThread updateThread deleteThread saveMessages updateMessages deleteMessages"),
  ...same("memory", "listMessages listMessagesById getResourceById saveResource updateResource"),
  ...renamed(
    "listThreadsByResourceId getThreadsByResourceId getThreadsByResourceIdPaginated",
    "memory.listThreads({ filter: { resourceId }, page, perPage })",
  ),
  ...renamed("getMessages getMessagesPaginated", "memory.listMessages"),
  ...renamed("getMessagesById", "memory.listMessagesById"),
  ...same("workflows", "persistWorkflowSnapshot loadWorkflowSnapshot updateWorkflowResults updateWorkflowState"),
  ...same("workflows", "getWorkflowRunById listWorkflowRuns deleteWorkflowRunById"),
  ...renamed("getWorkflowRuns", "workflows.listWorkflowRuns"),
  ...same(
    "scores",
    "saveScore getScoreById listScoresByScorerId listScoresByRunId listScoresByEntityId listScoresBySpan",
  ),
  ...renamed("getScoresByScorerId", "scores.listScoresByScorerId"),
  ...renamed("getScoresByRunId", "scores.listScoresByRunId"),
  ...renamed("getScoresByEntityId", "scores.listScoresByEntityId"),
  ...renamed("getScoresBySpan", "scores.listScoresBySpan"),
  ...same(
    "observability",
    "createSpan updateSpan getSpan getTrace listTraces batchCreateSpans batchUpdateSpans batchDeleteTraces",
  ),
  ...renamed("createAISpan", "observability.createSpan"),
  ...renamed("updateAISpan", "observability.updateSpan"),
  ...renamed("getAITrace", "observability.getTrace"),
  ...renamed("getAITracesPaginated", "observability.listTraces"),
  ...renamed("batchCreateAISpans", "observability.batchCreateSpans"),
  ...renamed("batchUpdateAISpans", "observability.batchUpdateSpans"),
  ...renamed("batchDeleteAITraces", "observability.batchDeleteTraces"),
  ...renamed("createAgent", "agents.create"),
  ...renamed("getAgentById", "agents.getById"),
  ...renamed("updateAgent", "agents.update"),
  ...renamed("deleteAgent", "agents.delete"),
  ...renamed("listAgents", "agents.list"),
  ...renamed("createTable alterTable clearTable dropTable insert batchInsert load", ""),
];

/** Gives a storage class the removed methods: each rejects with an error that names the domain and the method to use. */
export function defineRemovedMethods(prototype: object): void {
  for (const [name, now] of removed) {
    const [domain = "", method = ""] = now.split(/\.(.*)/s);
    const message = now
      ? `storage.${name}() was removed: use (await storage.getStore('${domain}'))?.${method}${method.endsWith(")") ? "" : "(…)"}`
      : `storage.${name}() was removed without replacement: tables belong to the engine`;
    const value = {
      async [name](): Promise<never> {
        throw new StorageError(message, {
          code: "unsupported",
          category: "USER",
          id: "STOWAGE_STORAGE_METHOD_REMOVED",
          details: { method: name, ...(domain && { domain, replacement: now }) },
        });
      },
    }[name];
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
