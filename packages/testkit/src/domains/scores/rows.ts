import type { EvalInput, SaveScorePayload, ScoresStorage } from "@stowage/core";
import type { DomainContext } from "../context.ts";

export const open = (context: DomainContext, options?: Parameters<DomainContext["store"]>[1]): Promise<ScoresStorage> =>
  context.store<ScoresStorage>("scores", options);

export const payload = (changes: Partial<SaveScorePayload> = {}): SaveScorePayload => ({
  scorerId: "relevance",
  entityId: "agent",
  runId: "run",
  score: 0.5,
  scorer: { id: "relevance", name: "Relevance" },
  source: "LIVE",
  entity: { id: "agent" },
  ...changes,
});

export const evalInput = (changes: Partial<EvalInput> = {}): EvalInput => ({
  input: "in",
  output: "out",
  result: { score: 0.5, info: { reason: "because" } },
  agentName: "agent",
  metricName: "tone",
  instructions: "be kind",
  globalRunId: "suite",
  runId: "run",
  ...changes,
});
