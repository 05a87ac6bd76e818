const longest = 100;

/** What the user said, from the JSON text of a span's input, cut to 100 UTF-16 units; `null` when there is no text. */
export function inputPreview(input: string | null): string | null {
  if (input === null) return null;
  const value: unknown = JSON.parse(input);
  const messages = messagesOf(value);
  const text = messages ? userText(messages) : typeof value === "string" ? value : JSON.stringify(value);
  return text.trim() === "" ? null : cut(text);
}

function messagesOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  const messages = typeof value === "object" && value !== null ? (value as { messages?: unknown }).messages : undefined;
  return Array.isArray(messages) ? messages : undefined;
}

function userText(messages: readonly unknown[]): string {
  const texts: string[] = [];
  for (const message of messages) {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    if (role !== "user") continue;
    const text = typeof content === "string" ? content : Array.isArray(content) ? partsText(content) : "";
    if (text !== "") texts.push(text);
  }
  return texts.join(" | ");
}

const partsText = (parts: readonly unknown[]) =>
  parts
    .map((part) => (part ?? {}) as { type?: unknown; text?: unknown })
    .flatMap(({ type, text }) => (type === "text" && typeof text === "string" ? [text] : []))
    .join(" ");

/** Never cuts a surrogate pair in two. */
function cut(text: string): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, splitsPair ? longest - 1 : longest)}…`;
}
