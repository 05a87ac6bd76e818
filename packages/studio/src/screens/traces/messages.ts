import type { Part } from "../../components/message-parts/part.ts";

/** A message of a chat, as a model was given it or gave it. */
export interface ChatMessage {
  role: string;
  parts: Part[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The messages in the input or output of a span: a list of them, under `messages`, or one; `undefined` when it is none. */
export function messagesIn(value: unknown): ChatMessage[] | undefined {
  const list = Array.isArray(value)
    ? value
    : isObject(value) && Array.isArray(value.messages)
      ? value.messages
      : [value];
  const messages = list.map(messageOf);
  return messages.length > 0 && messages.every((message) => message !== undefined) ? messages : undefined;
}

function messageOf(value: unknown): ChatMessage | undefined {
  if (!isObject(value) || typeof value.role !== "string") return undefined;
  const parts = partsOf(value);
  return parts && { role: value.role, parts };
}

function partsOf({ content, parts, tool_calls: calls }: Json): Part[] | undefined {
  const inner = parts ?? (isObject(content) ? (content.parts ?? content.content) : content);
  const called = Array.isArray(calls)
    ? calls.filter(isObject).map((call): Part => ({ ...call, type: "tool call" }))
    : [];
  if (typeof inner === "string") return [{ type: "text", text: inner }, ...called];
  if (!Array.isArray(inner)) return called.length > 0 ? called : undefined;
  return [...inner.map(partOf), ...called];
}

/** Models are given parts in forms of their own; those that the views know are named as the views name them. */
function partOf(part: unknown): Part {
  if (!isObject(part)) return { type: "text", text: String(part) };
  const { type, content } = part;
  if (type === "tool-call" || type === "tool-result") {
    return { ...part, type: "dynamic-tool", state: type === "tool-call" ? "call" : "result" };
  }
  if (typeof type === "string") return part as Part;
  return typeof content === "string" ? { type: "text", text: content } : { ...part, type: "part" };
}
