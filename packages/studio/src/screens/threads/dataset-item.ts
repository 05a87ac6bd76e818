import type { DatasetItemPayload } from "@stowage/core";
import type { Message } from "../../api/memory.ts";
import { textIn } from "./transcript.ts";

/** What a message is as an item: an answer is what is expected of the question before it, a question is an input. */
export function itemOf(message: Message, question: Message | undefined): DatasetItemPayload {
  const { id, threadId, role } = message;
  const shared = { externalId: id, metadata: { threadId, messageId: id } };
  if (role !== "assistant" || !question) return { ...shared, input: textIn(message) };
  return { ...shared, input: textIn(question), groundTruth: textIn(message) };
}
