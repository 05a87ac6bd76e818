import type { Message } from "../../api/memory.ts";
import { type Part, textOf } from "../../components/message-parts/part.ts";
import { partsOf } from "../../components/message-parts/parts.tsx";

/** What a message says in words, and nothing else of it. */
export const textIn = (message: Message): string =>
  partsOf(message.content)
    .flatMap((part) => (part.type === "text" ? (textOf(part, "text") ?? []) : []))
    .join("\n");

/** What a message says in words; other parts by their kinds. */
export const wordsOf = (message: Message): string =>
  partsOf(message.content)
    .filter(({ type }) => type !== "step-start")
    .map((part) => textOf(part, "text") ?? `[${part.type} ${toolOf(part)}]`.replace(" ]", "]"))
    .join("\n");

const toolOf = ({ toolName, toolInvocation }: Part): string =>
  String(toolName ?? (toolInvocation as { toolName?: unknown } | undefined)?.toolName ?? "");

/** A conversation as lines that can be held against others: copies have ids of their own, so none are in it. */
export const transcriptOf = (messages: readonly Message[]): string =>
  messages.map((message) => `${message.role}:\n${wordsOf(message)}`).join("\n\n");
