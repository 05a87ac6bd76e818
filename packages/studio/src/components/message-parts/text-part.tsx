import { Box, Button, Text } from "@mantine/core";
import { useState } from "react";
import { Markdown } from "../markdown.tsx";
import { type Part, textOf } from "./part.ts";

/** Markdown, or the text as it is stored. */
export function TextPart({ part }: { part: Part }) {
  const [isRaw, setRaw] = useState(false);
  const text = textOf(part, "text") ?? "";
  if (text.trim() === "") return null;
  return (
    <Box>
      {isRaw ? (
        <Text
          component="pre"
          size="sm"
          m={0}
          ff="monospace"
          style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
        >
          {text}
        </Text>
      ) : (
        <Markdown text={text} />
      )}
      {/[*_`#[\]|<>]/.test(text) && (
        <Button variant="transparent" c="dimmed" size="compact-xs" p={0} onClick={() => setRaw(!isRaw)}>
          {isRaw ? "As Markdown" : "As stored"}
        </Button>
      )}
    </Box>
  );
}
