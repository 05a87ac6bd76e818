import "react-json-view-lite/dist/index.css";
import { Button, Group, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { collapseAllNested, defaultStyles, JsonView as Tree } from "react-json-view-lite";
import { CopyText } from "./copy-text.tsx";

/** Colours that keep their contrast in both themes; the library's do not. */
const styles = {
  ...defaultStyles,
  container: "json-container",
  label: "json-label",
  clickableLabel: "json-label",
  nullValue: "json-other",
  undefinedValue: "json-other",
  otherValue: "json-other",
  stringValue: "json-string",
  booleanValue: "json-literal",
  numberValue: "json-literal",
  punctuation: "json-other",
};

/** Texts longer than this are shown in parts. */
const shownBytes = 1_000_000;

/** Any value as a tree that folds; large ones only when asked for. Texts stay texts: nothing in them is run or loaded. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const [isShown, setShown] = useState(false);
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "undefined", [value]);
  if (typeof value !== "object" || value === null) return <pre className="json-tree">{text}</pre>;
  if (text.length > shownBytes && !isShown) {
    return (
      <Group>
        <Text size="sm">{bytes(text.length)} of JSON</Text>
        <Button size="xs" variant="default" onClick={() => setShown(true)}>
          Show it folded
        </Button>
        <CopyText text={text} label="Copy JSON" />
      </Group>
    );
  }
  const isLarge = text.length > 20_000;
  return (
    <div className="json-tree">
      <Tree
        data={value}
        shouldExpandNode={isLarge ? collapseAllNested : (level) => level < 3}
        clickToExpandNode
        style={styles}
        aria-label={label}
      />
    </div>
  );
}

/** A size in bytes in a unit of sense. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 ** 2) return `${(count / 1024).toFixed(1)} KiB`;
  if (count < 1024 ** 3) return `${(count / 1024 ** 2).toFixed(1)} MiB`;
  return `${(count / 1024 ** 3).toFixed(1)} GiB`;
}
