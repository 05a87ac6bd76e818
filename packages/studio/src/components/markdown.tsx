import { Anchor, Box, Group, Text } from "@mantine/core";
import { IconPhoto } from "@tabler/icons-react";
import { isValidElement, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CopyText } from "./copy-text.tsx";

/** The text in a tree of elements. */
function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(textOf).join("");
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : "";
}

const components: Components = {
  a: ({ href, children }) => (
    <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" inherit title={href}>
      {children}
    </Anchor>
  ),
  // A picture from elsewhere would tell its owner who reads the message, and when.
  img: ({ src, alt }) => (
    <Group component="span" gap={4} display="inline-flex">
      <IconPhoto size={14} aria-hidden />
      <Anchor href={typeof src === "string" ? src : ""} target="_blank" rel="noopener noreferrer" inherit>
        {alt || "picture"} at {hostOf(src)}
      </Anchor>
    </Group>
  ),
  pre: ({ children }) => (
    <Box pos="relative">
      <pre>{children}</pre>
      <Box pos="absolute" top={4} right={4}>
        <CopyText text={textOf(children)} label="Copy the code" compact />
      </Box>
    </Box>
  ),
};

function hostOf(address: unknown): string {
  return typeof address === "string" && URL.canParse(address) ? new URL(address).host : "an unknown place";
}

/** Markdown without HTML: what others wrote is shown, never run, and loads nothing from elsewhere. */
export function Markdown({ text }: { text: string }) {
  return (
    <Text component="div" size="sm" className="markdown">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={components}>
        {text}
      </ReactMarkdown>
    </Text>
  );
}
