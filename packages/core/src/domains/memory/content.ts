import { convertParts, isTypedPart } from "./legacy-parts.ts";
import type { MastraMessageContentV2, MastraMessagePart } from "./types.ts";

/** Members of format 2 beside `format` and `parts`. */
const members = [
  "content",
  "toolInvocations",
  "reasoning",
  "annotations",
  "experimental_attachments",
  "metadata",
  "providerMetadata",
] as const;

/**
 * The format 2 content that a decoded value stands for; the value itself when it already is in order. Older databases hold
 * plain text, format 1 part lists, UI messages, and any of them as JSON text once more. Whatever is found becomes something.
 *
 * @param role the message's role as it is read; format 1 conversion depends on it.
 */
export function toFormat2(value: unknown, role: string): MastraMessageContentV2 {
  if (typeof value === "string") return fromText(value, role);
  if (typeof value !== "object") return fromPlainText(String(value));
  if (value === null) return { format: 2, parts: [] };
  if ((value as { format?: unknown }).format === 2) return inOrder(value as MastraMessageContentV2);
  if (Array.isArray(value)) {
    return value.every(isTypedPart) ? convertParts(value, role) : { format: 2, parts: [] };
  }
  return fromObject(value);
}

function fromText(text: string, role: string): MastraMessageContentV2 {
  if (text === "") return { format: 2, parts: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fromPlainText(text);
  }
  if (value === null || value === "") return { format: 2, parts: [] };
  if (typeof value === "string") return fromPlainText(value);
  return isContent(value) ? toFormat2(value, role) : fromPlainText(text);
}

/** Whether text that parses to this was meant as content, and is not somebody's words that happen to be JSON. */
function isContent(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value)
    ? value.every(isTypedPart)
    : Object.hasOwn(value, "format") || Object.hasOwn(value, "parts");
}

const fromPlainText = (text: string): MastraMessageContentV2 => ({
  format: 2,
  content: text,
  parts: [{ type: "text", text }],
});

function inOrder(content: MastraMessageContentV2): MastraMessageContentV2 {
  const parts = usableParts(content.parts);
  return parts === content.parts ? content : { ...content, parts };
}

function fromObject(value: object): MastraMessageContentV2 {
  const content: Record<string, unknown> = { format: 2, parts: usableParts((value as { parts?: unknown }).parts) };
  for (const member of members) {
    if (Object.hasOwn(value, member)) content[member] = (value as Record<string, unknown>)[member];
  }
  return content as unknown as MastraMessageContentV2;
}

/** The list itself when every entry is an object, as it nearly always is. */
export function usableParts(parts: unknown): MastraMessagePart[] {
  if (!Array.isArray(parts)) return [];
  for (const part of parts) {
    if (typeof part !== "object" || part === null) return parts.filter((entry) => typeof entry === "object" && entry);
  }
  return parts;
}
