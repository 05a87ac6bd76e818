import type {
  AgentVersion,
  DatasetItem,
  DatasetRecord,
  Experiment,
  ExperimentResult,
  MastraDBMessage,
  SaveScorePayload,
  SpanRecord,
  StorageAgentType,
  StorageResourceType,
  StorageThreadType,
  StowageDomains,
  WorkflowRun,
} from "@stowage/core";

type Row = Record<string, unknown>;

/** How records of a kind are found again and written. */
export interface TransferTable {
  /** Keys of those that the storage has already. */
  known(rows: Row[], storage: Stores): Promise<Set<string>>;
  keyOf(row: Row): string;
  write(rows: Row[], storage: Stores): Promise<void>;
}

/** The domains of a storage, each of which must be there. */
export type Stores = <K extends keyof StowageDomains>(key: K) => Promise<StowageDomains[K]>;

/** A table of which each record is asked for and written by itself. */
const single = <T>(
  keyOf: (row: T) => string,
  find: (row: T, stores: Stores) => Promise<unknown>,
  write: (row: T, stores: Stores) => Promise<unknown>,
): TransferTable => ({
  keyOf: (row) => keyOf(row as T),
  async known(rows, stores) {
    const known = new Set<string>();
    for (const row of rows) if (await find(row as T, stores)) known.add(keyOf(row as T));
    return known;
  },
  async write(rows, stores) {
    for (const row of rows) await write(row as T, stores);
  },
});

const date = (value: unknown) => (typeof value === "string" ? new Date(value) : undefined);

/** Signals carry an id and are replaced by it, so that writing them again is harmless. */
const signal = (idName: string, write: (rows: never[], stores: Stores) => Promise<unknown>): TransferTable => ({
  keyOf: (row) => String(row[idName]),
  known: async () => new Set(),
  write: async (rows, stores) => void (await write(rows as never[], stores)),
});

export const tables: Readonly<Record<string, TransferTable>> = {
  "memory.threads": single<StorageThreadType>(
    ({ id }) => id,
    async ({ id }, stores) => (await stores("memory")).getThreadById({ threadId: id }),
    async (row, stores) =>
      (await stores("memory")).saveThread({
        thread: { ...row, createdAt: date(row.createdAt) as Date, updatedAt: date(row.updatedAt) as Date },
      }),
  ),
  "memory.resources": single<StorageResourceType>(
    ({ id }) => id,
    async ({ id }, stores) => (await stores("memory")).getResourceById({ resourceId: id }),
    async (row, stores) =>
      (await stores("memory")).saveResource({
        resource: { ...row, createdAt: date(row.createdAt) as Date, updatedAt: date(row.updatedAt) as Date },
      }),
  ),
  "memory.messages": {
    keyOf: ({ id }) => String(id),
    async known(rows, stores) {
      const memory = await stores("memory");
      const { messages } = await memory.listMessagesById({ messageIds: rows.map(({ id }) => String(id)) });
      return new Set(messages.map(({ id }) => id));
    },
    async write(rows, stores) {
      const messages = rows.map((row) => ({ ...row, createdAt: date(row.createdAt) })) as MastraDBMessage[];
      await (await stores("memory")).saveMessages({ messages });
    },
  },
  "workflows.runs": single<WorkflowRun>(
    ({ workflowName, runId }) => `${workflowName}/${runId}`,
    async ({ workflowName, runId }, stores) => (await stores("workflows")).getWorkflowRunById({ workflowName, runId }),
    async (row, stores) => (await stores("workflows")).persistWorkflowSnapshot(row),
  ),
  "scores.scores": single<SaveScorePayload & { id: string }>(
    ({ id }) => id,
    async ({ id }, stores) => (await stores("scores")).getScoreById({ id }),
    async (row, stores) => (await stores("scores")).saveScore(row),
  ),
  "observability.spans": {
    keyOf: ({ traceId, spanId }) => `${traceId}/${spanId}`,
    async known(rows, stores) {
      const domain = await stores("observability");
      const known = new Set<string>();
      for (const traceId of new Set(rows.map((row) => String(row.traceId)))) {
        const spanIds = rows.filter((row) => row.traceId === traceId).map((row) => String(row.spanId));
        const { spans } = await domain.getSpans({ traceId, spanIds });
        for (const { spanId } of spans) known.add(`${traceId}/${spanId}`);
      }
      return known;
    },
    write: async (rows, stores) =>
      (await stores("observability")).batchCreateSpans({ records: rows as unknown as SpanRecord[] }),
  },
  "observability.logs": signal("logId", async (logs, stores) =>
    (await stores("observability")).batchCreateLogs({ logs }),
  ),
  "observability.metrics": signal("metricId", async (metrics, stores) =>
    (await stores("observability")).batchCreateMetrics({ metrics }),
  ),
  "observability.scores": signal("scoreId", async (scores, stores) =>
    (await stores("observability")).batchCreateScores({ scores }),
  ),
  "observability.feedback": signal("feedbackId", async (feedbacks, stores) =>
    (await stores("observability")).batchCreateFeedback({ feedbacks }),
  ),
  "agents.agents": single<StorageAgentType & { versions: AgentVersion[] }>(
    ({ id }) => id,
    async ({ id }, stores) => (await stores("agents")).getById(id),
    writeAgent,
  ),
  "datasets.datasets": single<DatasetRecord>(
    ({ id }) => id,
    async ({ id }, stores) => (await stores("datasets")).getDatasetById({ id }),
    async (row, stores) => {
      const datasets = await stores("datasets");
      const isKnown = await datasets.getDatasetById({ id: row.id });
      await (isKnown ? datasets.updateDataset(row) : datasets.createDataset(row));
    },
  ),
  "datasets.items": {
    // An item gets an id of its own here; its old one becomes its external id, which makes a repetition harmless.
    keyOf: ({ id }) => String(id),
    known: async () => new Set(),
    async write(rows, stores) {
      const datasets = await stores("datasets");
      for (const datasetId of new Set(rows.map((row) => String(row.datasetId)))) {
        const items = (rows as unknown as DatasetItem[])
          .filter((row) => row.datasetId === datasetId)
          .map((row) => ({ ...row, externalId: row.externalId ?? row.id }));
        await datasets.batchInsertItems({ datasetId, items });
      }
    },
  },
  "experiments.experiments": single<Experiment>(
    ({ id }) => id,
    async ({ id }, stores) => (await stores("experiments")).getExperimentById({ id }),
    async (row, stores) => {
      const experiments = await stores("experiments");
      if (!(await experiments.getExperimentById({ id: row.id }))) await experiments.createExperiment(row);
      await experiments.updateExperiment(row);
    },
  ),
  "experiments.results": single<ExperimentResult>(
    ({ id }) => id,
    async ({ id }, stores) => (await stores("experiments")).getExperimentResultById({ id }),
    async (row, stores) => (await stores("experiments")).upsertExperimentResult(row),
  ),
};

/** The record, its versions with their numbers, and which of them is in force. */
async function writeAgent(row: StorageAgentType & { versions: AgentVersion[] }, stores: Stores): Promise<void> {
  const agents = await stores("agents");
  const { versions, status, activeVersionId, id, authorId, visibility, metadata } = row;
  if (!(await agents.getById(id))) await agents.create({ agent: { id, authorId, visibility, metadata } });
  await agents.deleteVersionsByParentId(id);
  for (const { createdAt: _createdAt, ...version } of versions) await agents.createVersion(version);
  await agents.update({ id, status, activeVersionId });
}
