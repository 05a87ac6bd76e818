import { Text } from "@mantine/core";
import { Fold } from "./fold.tsx";
import { type Part, textOf } from "./part.ts";

interface Detail {
  type?: string;
  text?: string;
  signature?: string;
}

/** What a model thought: folded, and marked where its provider signed or hid it. */
export function ReasoningPart({ part }: { part: Part }) {
  const details = (Array.isArray(part.details) ? part.details : []) as Detail[];
  const text = textOf(part, "reasoning", "text") || details.map(({ text = "" }) => text).join("");
  const marks = [
    `${text.length.toLocaleString()} characters`,
    details.some(({ signature }) => signature) && "signed",
    (part.type === "redacted-reasoning" || details.some(({ type }) => type === "redacted")) && "hidden by the provider",
  ];
  return (
    <Fold title="Reasoning" note={marks.filter(Boolean).join(" · ")}>
      <Text size="sm" c="dimmed" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text || "No text is stored."}
      </Text>
    </Fold>
  );
}
