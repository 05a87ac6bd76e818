import { Stack } from "@mantine/core";
import { FilePart } from "./file-part.tsx";
import { ErrorPart, SourcePart, StepPart, UnknownPart } from "./other-parts.tsx";
import type { Part, PartView } from "./part.ts";
import { ReasoningPart } from "./reasoning-part.tsx";
import { TextPart } from "./text-part.tsx";
import { ToolPart } from "./tool-part.tsx";

const views: readonly [kinds: RegExp, view: PartView][] = [
  [/^text$/, TextPart],
  [/^(redacted-)?reasoning$/, ReasoningPart],
  [/^(tool-.+|dynamic-tool)$/, ToolPart],
  [/^(file|image)$/, FilePart],
  [/^source(-url|-document)?$/, SourcePart],
  [/^step-start$/, StepPart],
  [/^error$/, ErrorPart],
];

const viewOf = (type: string): PartView => views.find(([kinds]) => kinds.test(type))?.[1] ?? UnknownPart;

/** The parts of a message in their order, its sources at the end. */
export function Parts({ parts }: { parts: readonly Part[] }) {
  const isSource = ({ type }: Part) => type.startsWith("source");
  const ordered = [...parts.filter((part) => !isSource(part)), ...parts.filter(isSource)];
  return (
    <Stack gap="xs">
      {ordered.map((part, index) => {
        const View = viewOf(part.type);
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no ids and keep their order.
        return <View key={index} part={part} />;
      })}
    </Stack>
  );
}

/** Parts of a stored content, whatever its age: a list of parts, or one text. */
export function partsOf(content: unknown): Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (Array.isArray(content)) return content.map(asPart);
  if (typeof content !== "object" || content === null) return [];
  const { parts, content: inner } = content as { parts?: unknown; content?: unknown };
  if (Array.isArray(parts) && parts.length > 0) return parts.map(asPart);
  return inner === undefined ? [asPart(content)] : partsOf(inner);
}

function asPart(value: unknown): Part {
  if (typeof value === "string") return { type: "text", text: value };
  const part = value as Partial<Part> | null;
  return typeof part?.type === "string" ? (part as Part) : { type: "without a type", value };
}
