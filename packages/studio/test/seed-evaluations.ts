import type { LibSQLStore } from "@stowage/libsql";

/** A dataset of three versions and two experiments over it, the second of which scores worse. */
export async function seedEvaluations(storage: LibSQLStore): Promise<void> {
  const [datasets, experiments, scores] = await Promise.all([
    storage.getStore("datasets"),
    storage.getStore("experiments"),
    storage.getStore("scores"),
  ]);
  if (!datasets || !experiments || !scores) throw new Error("a domain is missing");
  const { id: datasetId } = await datasets.createDataset({ id: "bulbs", name: "Bulbs" });
  const items = await datasets.batchInsertItems({
    datasetId,
    items: [
      { externalId: "a", input: { question: "Which bulbs fit?" }, groundTruth: "E14" },
      { externalId: "b", input: { question: "How bright?" }, groundTruth: "400 lm" },
    ],
  });
  await datasets.updateItem({ id: items[0]?.id ?? "", datasetId, groundTruth: "E14, at most 40 W" });
  await datasets.addItem({ datasetId, externalId: "c", input: { question: "Dimmable?" }, groundTruth: "yes" });

  const answers = [
    { output: "E14", score: 0.5 },
    { output: "E27", score: 0.25 },
  ];
  const now = new Date();
  for (const [trial, { output, score }] of answers.entries()) {
    const run = await experiments.createExperiment({
      id: `bulbs-${trial}`,
      name: `Trial ${trial}`,
      datasetId,
      datasetVersion: 2 + trial,
      totalItems: 2,
    });
    for (const item of items) {
      await experiments.addExperimentResult({
        experimentId: run.id,
        itemId: item.id,
        input: item.input,
        output,
        groundTruth: item.groundTruth,
        startedAt: now,
        completedAt: new Date(now.getTime() + 250),
      });
      await scores.saveScore({
        scorerId: "exact",
        scorer: { id: "exact", name: "exact" },
        score,
        runId: run.id,
        entityId: "desk",
        entityType: "AGENT",
        entity: { id: "desk" },
        source: "TEST",
        input: {},
        output: null,
        datasetId,
        datasetItemId: item.id,
      });
    }
    await experiments.updateExperiment({ id: run.id, status: "completed", succeededCount: 2 });
  }
}
