import { convertArrayToReadableStream, MockLanguageModelV2 } from "ai/test";
import { orders } from "./tickets.ts";

interface PromptMessage {
  role: string;
  content: string | { type: string; text?: string; toolName?: string }[];
}

type Reply =
  | { kind: "text"; text: string }
  | { kind: "call"; toolName: string; input: Record<string, unknown>; toolCallId: string };

const words = ({ content }: PromptMessage) =>
  typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");

/** The rules the model answers by: note the customer, look the order up, ask for a refund, then say something useful. */
function replyTo(prompt: readonly PromptMessage[]): Reply {
  const at = prompt.findLastIndex(({ role }) => role === "user");
  const question = words(prompt[at] as PromptMessage);
  const called = new Set(
    prompt
      .slice(at)
      .flatMap(({ content }) => (typeof content === "string" ? [] : content.map((part) => part.toolName))),
  );
  const call = (toolName: string, input: Record<string, unknown>): Reply => ({
    kind: "call",
    toolName,
    input,
    toolCallId: `${toolName}-${at}-${called.size}`,
  });

  const name = /(?:[Mm]y name is|I'm|This is) (\p{Lu}[\p{L}]+ \p{Lu}[\p{L}]+)/u.exec(question)?.[1];
  if (name && !called.has("updateWorkingMemory")) {
    return call("updateWorkingMemory", {
      memory: `# Customer\n- Name: ${name}\n- Last asked: ${question.slice(0, 60)}`,
    });
  }
  const order = /ST-\d+/.exec(question)?.[0];
  if (!order) return { kind: "text", text: "Yes, we ship to all islands; it takes 6 to 9 days." };
  if (!called.has("lookUpOrder")) return call("lookUpOrder", { order });
  const { note = "We know no such order." } = orders[order] ?? {};
  if (!/refund/i.test(question)) return { kind: "text", text: `About order ${order}: ${note}` };
  return {
    kind: "text",
    text: `I have asked for a refund of order ${order}. A colleague decides about it today. ${note}`,
  };
}

const usage = { inputTokens: 320, outputTokens: 48, totalTokens: 368 };

/**
 * The AI SDK's mock model with a little script in it: deterministic and offline, so that the quick start needs no key. Give
 * the desk a real model and nothing else changes.
 */
export function deskModel(): MockLanguageModelV2 {
  const answer = (prompt: unknown) => replyTo(prompt as PromptMessage[]);
  return new MockLanguageModelV2({
    provider: "mock",
    modelId: "support-desk-script",
    doGenerate: async ({ prompt }) => {
      const reply = answer(prompt);
      return reply.kind === "text"
        ? { content: [{ type: "text", text: reply.text }], finishReason: "stop", usage, warnings: [] }
        : { content: [toolCall(reply)], finishReason: "tool-calls", usage, warnings: [] };
    },
    doStream: async ({ prompt }) => {
      const reply = answer(prompt);
      const parts =
        reply.kind === "text"
          ? [
              { type: "text-start" as const, id: "1" },
              { type: "text-delta" as const, id: "1", delta: reply.text },
              { type: "text-end" as const, id: "1" },
            ]
          : [toolCall(reply)];
      return {
        stream: convertArrayToReadableStream([
          { type: "stream-start" as const, warnings: [] },
          ...parts,
          {
            type: "finish" as const,
            finishReason: reply.kind === "text" ? ("stop" as const) : ("tool-calls" as const),
            usage,
          },
        ]),
      };
    },
  });
}

const toolCall = ({ toolCallId, toolName, input }: Extract<Reply, { kind: "call" }>) => ({
  type: "tool-call" as const,
  toolCallId,
  toolName,
  input: JSON.stringify(input),
});
