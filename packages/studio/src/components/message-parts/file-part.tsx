import { Anchor, Group, Image, Stack, Text } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { bytes } from "../json-view.tsx";
import { type Part, textOf } from "./part.ts";

/** A file or picture. What is in the message is shown; what lies elsewhere is named, and opened only when asked. */
export function FilePart({ part }: { part: Part }) {
  const type = textOf(part, "mediaType", "mimeType", "contentType") ?? (part.type === "image" ? "image/*" : "");
  const name = textOf(part, "filename", "name") ?? type ?? "file";
  const source = textOf(part, "url", "data", "image") ?? "";
  const inline = inlineAddress(source, type);
  return (
    <Stack gap={4} align="flex-start">
      <Group gap="xs">
        <IconFile size={16} aria-hidden />
        <Text size="sm">{name}</Text>
        <Text size="xs" c="dimmed">
          {[type, inline && bytes(Math.round((inline.length * 3) / 4))].filter(Boolean).join(" · ")}
        </Text>
      </Group>
      {inline && /^image\/(?!svg)/.test(type) && <Image src={inline} alt={name} maw={320} mah={240} fit="contain" />}
      {!inline && source && (
        <Anchor href={safeAddress(source)} target="_blank" rel="noopener noreferrer" size="sm">
          {source.slice(0, 200)}
        </Anchor>
      )}
    </Stack>
  );
}

function inlineAddress(source: string, type: string): string | undefined {
  if (source.startsWith("data:")) return source;
  return /^[A-Za-z0-9+/=\s]{40,}$/.test(source) ? `data:${type};base64,${source}` : undefined;
}

/** Only addresses that a browser opens as a page; no scripts. */
const safeAddress = (address: string) => (/^https?:\/\//i.test(address) ? address : undefined);
