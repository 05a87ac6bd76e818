import { Text } from "@mantine/core";
import { diffLines } from "diff";
import { useMemo } from "react";
import "./diff-view.css";

/** A value as lines that can be held against others. */
export const linesOf = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");

/** Every line ends, so that the last one of each is the same line; nothing is no line. */
const wholeLines = (value: unknown): string => {
  const lines = linesOf(value);
  return lines === "" ? "" : `${lines}\n`;
};

/** What changed between two values, line by line: texts as they are, all else as JSON. Signs say what colours do. */
export function DiffView({ before, after, label }: { before: unknown; after: unknown; label: string }) {
  const parts = useMemo(() => diffLines(wholeLines(before), wholeLines(after)), [before, after]);
  if (parts.every(({ added, removed }) => !added && !removed)) return <Text size="sm">No difference</Text>;
  return (
    <section className="diff" aria-label={label}>
      {parts.flatMap(({ value, added, removed }, part) =>
        value
          .replace(/\n$/, "")
          .split("\n")
          .map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a diff is drawn anew as a whole.
            <div key={`${part} ${at}`} data-change={added ? "added" : removed ? "removed" : undefined}>
              <span className="diff-sign">{added ? "+" : removed ? "−" : " "}</span>
              {line}
            </div>
          )),
      )}
    </section>
  );
}
