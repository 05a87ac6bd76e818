import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import type { Column } from "./column.ts";

/** Rows a download holds at most: it is put together in the browser. */
const most = 100_000;

interface DownloadProps<T> {
  name: string;
  columns: readonly Column<T>[];
  everyRow: () => AsyncGenerator<T[]>;
}

/** Everything the filter lets through, as CSV of the columns or as JSON lines of whole records. */
export function Download<T extends object>({ name, columns, everyRow }: DownloadProps<T>) {
  const [isBusy, setBusy] = useState(false);
  const download = async (format: "csv" | "jsonl") => {
    setBusy(true);
    try {
      const rows: T[] = [];
      for await (const page of everyRow()) {
        rows.push(...page);
        if (rows.length >= most) break;
      }
      saveText(`${name}.${format}`, format === "csv" ? await csvOf(columns, rows) : jsonLinesOf(rows));
      if (rows.length >= most)
        notifications.show({ message: `Only the first ${most.toLocaleString()} rows were saved` });
    } catch (error) {
      notifications.show({ color: "red", title: "The download failed", message: (error as Error).message });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" aria-label="Download" title="Download" loading={isBusy}>
          <IconDownload size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void download("csv")}>CSV, the columns</Menu.Item>
        <Menu.Item onClick={() => void download("jsonl")}>JSON lines, whole records</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function csvOf<T>(columns: readonly Column<T>[], rows: readonly T[]): Promise<string> {
  const { unparse } = await import("papaparse");
  const data = rows.map((row) => columns.map(({ text }) => text(row) ?? ""));
  // A cell that begins like a formula would be run by a spreadsheet.
  return unparse({ fields: columns.map(({ label }) => label), data }, { escapeFormulae: true });
}

const jsonLinesOf = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Saves a text as a file. */
export function saveText(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text]));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
