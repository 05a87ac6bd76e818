import type { MastraMessageContentV2, MastraMessagePart } from "./types.ts";

type Entry = Readonly<Record<string, unknown>> & { readonly type: string };

/** An entry of a format 1 list: an object that says what it is. */
export const isTypedPart = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** Converts a format 1 list (model messages) to format 2. What it does not know stays as it is. */
export function convertParts(entries: readonly Entry[], role: string): MastraMessageContentV2 {
  const parts: MastraMessagePart[] = [];
  const toolInvocations: unknown[] = [];
  const isEmptyText = (entry: Entry) => entry.type === "text" && (entry.text === "" || entry.text === undefined);
  const dropsEmptyTexts = entries.some((entry) => !isEmptyText(entry));
  for (const entry of entries) {
    if (dropsEmptyTexts && isEmptyText(entry)) continue;
    // The model speaks again after a tool: a new step.
    if (entry.type === "text" && role === "assistant" && parts.at(-1)?.type === "tool-invocation") {
      parts.push({ type: "step-start" });
    }
    const part = convertPart(entry, entries);
    if (entry.type === "tool-result") toolInvocations.push(part.toolInvocation);
    parts.push(part);
  }
  return { format: 2, parts, ...(toolInvocations.length > 0 && { toolInvocations }) };
}

function convertPart(entry: Entry, entries: readonly Entry[]): MastraMessagePart {
  switch (entry.type) {
    case "text":
      return { type: "text", text: entry.text ?? "", ...providerMetadata(entry) };
    case "tool-call":
      return { type: "tool-invocation", toolInvocation: toolCall(entry), ...providerMetadata(entry) };
    case "tool-result": {
      const call = entries.find(({ type, toolCallId }) => type === "tool-call" && toolCallId === entry.toolCallId);
      return { type: "tool-invocation", toolInvocation: toolResult(entry, call), ...providerMetadata(entry) };
    }
    case "reasoning":
      return {
        type: "reasoning",
        reasoning: entry.text ?? "",
        details: [
          {
            type: "text",
            text: entry.text ?? "",
            ...(entry.signature !== undefined && { signature: entry.signature }),
          },
        ],
        ...providerMetadata(entry),
      };
    case "redacted-reasoning":
      return {
        type: "reasoning",
        reasoning: "",
        details: [{ type: "redacted", data: entry.data }],
        ...providerMetadata(entry),
      };
    case "image":
      return filePart(entry, entry.image, "image/*");
    case "file":
      return filePart(entry, entry.data, "application/octet-stream");
    default:
      return entry;
  }
}

const toolCall = (entry: Entry) => ({
  state: "call",
  toolCallId: entry.toolCallId,
  toolName: entry.toolName,
  args: entry.args ?? entry.input ?? {},
});

const toolResult = (entry: Entry, call: Entry | undefined) => ({
  state: "result",
  toolCallId: entry.toolCallId,
  toolName: entry.toolName,
  args: call?.args ?? call?.input ?? {},
  result: entry.result !== undefined ? entry.result : (entry.output ?? ""),
  ...(entry.isError !== undefined && { isError: entry.isError }),
});

function filePart(entry: Entry, data: unknown, defaultType: string): MastraMessagePart {
  const text = typeof data === "string" ? data : base64(data);
  const mimeType = entry.mimeType ?? entry.mediaType ?? /^data:([^;,]+)/.exec(text)?.[1] ?? defaultType;
  return {
    type: "file",
    data: text,
    mimeType,
    ...(entry.filename !== undefined && { filename: entry.filename }),
    ...providerMetadata(entry),
  };
}

function providerMetadata(entry: Entry): { providerMetadata?: unknown } {
  const metadata = entry.providerMetadata ?? entry.providerOptions;
  return metadata === undefined ? {} : { providerMetadata: metadata };
}

/** Bytes as JSON has them: a `Buffer` says `{ type, data: [] }`, a typed array `{ "0": 1, "1": 2 }`. */
function base64(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const list = Array.isArray((value as { data?: unknown }).data)
    ? (value as { data: unknown[] }).data
    : Object.values(value);
  let binary = "";
  for (const byte of list) binary += String.fromCharCode(Number(byte) & 0xff);
  return btoa(binary);
}
