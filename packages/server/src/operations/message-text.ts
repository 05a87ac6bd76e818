import type { MastraDBMessage } from "@stowage/core";

/** What a message says in words: its text parts, else what older writers put beside them. */
export function textOfMessage({ content }: MastraDBMessage): string {
  const parts = content.parts.filter(({ type }) => type === "text").map(({ text }) => String(text ?? ""));
  return parts.length > 0 ? parts.join("\n") : (content.content ?? "");
}
