import { Agent } from "@mastra/core/agent";
import { createScorer } from "@mastra/core/evals";
import { Mastra } from "@mastra/core/mastra";
import type { MastraCompositeStore } from "@mastra/core/storage";
import { createTool } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { Memory } from "@mastra/memory";
import * as observability from "@mastra/observability";
import { convertArrayToReadableStream, MockLanguageModelV2 } from "ai/test";
import { z } from "zod";

const usage = { inputTokens: 12, outputTokens: 8, totalTokens: 20 };

interface PromptMessage {
  role: string;
  content: string | { type: string; text?: string }[];
}

/** What the user said last, and whether a tool has answered since. */
function lastTurn(prompt: readonly PromptMessage[]) {
  const lastUser = prompt.findLastIndex(({ role }) => role === "user");
  const content = prompt[lastUser]?.content ?? "";
  const question = typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
  return { question, hasToolResult: prompt.slice(lastUser).some(({ role }) => role === "tool") };
}

/** A deterministic model: looks the order up when the question names one, then answers. */
export function deskModel(): MockLanguageModelV2 {
  const reply = (prompt: unknown) => {
    const { question, hasToolResult } = lastTurn(prompt as PromptMessage[]);
    const order = /order (\w+-\d+)/.exec(question)?.[1];
    if (order && !hasToolResult) {
      return { toolCallId: `call-${order}`, toolName: "lookUpOrder", input: JSON.stringify({ order }) };
    }
    return { text: order ? `Order ${order} is on its way.` : `You said: ${question}` };
  };
  return new MockLanguageModelV2({
    modelId: "desk-mock",
    doGenerate: async ({ prompt }) => {
      const answer = reply(prompt);
      const content =
        "text" in answer
          ? [{ type: "text" as const, text: answer.text as string }]
          : [{ type: "tool-call" as const, ...(answer as { toolCallId: string; toolName: string; input: string }) }];
      return { content, finishReason: "text" in answer ? "stop" : "tool-calls", usage, warnings: [] };
    },
    doStream: async ({ prompt }) => {
      const answer = reply(prompt);
      const parts =
        "text" in answer
          ? [
              { type: "text-start", id: "1" },
              { type: "text-delta", id: "1", delta: answer.text },
              { type: "text-end", id: "1" },
            ]
          : [{ type: "tool-call", ...answer }];
      const finishReason = "text" in answer ? "stop" : "tool-calls";
      const all = [{ type: "stream-start", warnings: [] }, ...parts, { type: "finish", finishReason, usage }];
      return { stream: convertArrayToReadableStream(all as never[]) };
    },
  });
}

const lookUpOrder = createTool({
  id: "lookUpOrder",
  description: "Finds an order",
  inputSchema: z.object({ order: z.string() }),
  outputSchema: z.object({ order: z.string(), state: z.string() }),
  execute: async (input: { order?: string; context?: { order: string } }) => ({
    order: input.order ?? input.context?.order ?? "",
    state: "shipped",
  }),
});

const ask = createStep({
  id: "ask-for-approval",
  inputSchema: z.object({ amount: z.number() }),
  outputSchema: z.object({ approved: z.boolean(), amount: z.number() }),
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ approved: z.boolean() }),
  execute: async ({ inputData, resumeData, suspend }) => {
    if (!resumeData) {
      await suspend({ question: `Refund ${inputData.amount}?` });
      return { approved: false, amount: inputData.amount };
    }
    return { approved: resumeData.approved, amount: inputData.amount };
  },
});

const pay = createStep({
  id: "pay",
  inputSchema: z.object({ approved: z.boolean(), amount: z.number() }),
  outputSchema: z.object({ paid: z.number() }),
  execute: async ({ inputData }) => ({ paid: inputData.approved ? inputData.amount : 0 }),
});

/** A workflow of its own for each desk, since a workflow object remembers the runs it made. */
const refundWorkflow = () =>
  createWorkflow({
    id: "refund",
    inputSchema: z.object({ amount: z.number() }),
    outputSchema: z.object({ paid: z.number() }),
  })
    .then(ask)
    .then(pay)
    .commit();

export const politeness = createScorer({
  id: "politeness",
  name: "politeness",
  description: "Whether the answer names the order",
}).generateScore(({ run }) => (JSON.stringify(run.output).includes("on its way") ? 1 : 0));

/** The exporter that writes to storage, under the name that this release gives it. */
function storageExporter(): object {
  const exports = observability as unknown as Record<string, (new (options: object) => object) | undefined>;
  const Exporter = exports.MastraStorageExporter ?? exports.DefaultExporter;
  if (!Exporter) throw new Error("this release has no storage exporter");
  return new Exporter({ maxBatchWaitMs: 50 });
}

/** A small support desk on the given storage: one agent with memory and a tool, one workflow that waits for a person. */
export function supportDesk(storage: MastraCompositeStore) {
  const memory = new Memory({
    storage,
    options: { lastMessages: 10, workingMemory: { enabled: true, scope: "resource", template: "# Customer\n- Name:" } },
  });
  const agent = new Agent({
    id: "desk",
    name: "desk",
    instructions: "Help customers.",
    model: deskModel(),
    memory,
    tools: { lookUpOrder },
  });
  const mastra = new Mastra({
    storage,
    agents: { desk: agent },
    workflows: { refund: refundWorkflow() },
    scorers: { politeness },
    logger: false,
    observability: new observability.Observability({
      configs: { default: { serviceName: "support-desk", exporters: [storageExporter() as never] } },
    }),
  });
  return { mastra, agent: mastra.getAgent("desk"), workflow: mastra.getWorkflow("refund"), memory };
}

/** Waits until everything traced so far is durable. */
export async function flushTraces(mastra: Mastra): Promise<void> {
  const hub = (
    mastra as unknown as {
      observability: { getDefaultInstance(): { flush?(): Promise<void>; exporters?: { flush?(): Promise<void> }[] } };
    }
  ).observability;
  await hub.getDefaultInstance().flush?.();
}
