import { notifications } from "@mantine/notifications";
import type { Column } from "./column.ts";
import { DownloadMenu } from "./download-menu.tsx";
import { saveText } from "./save-text.ts";

/** Rows a download holds at most: it is put together in the browser. */
const most = 100_000;

interface DownloadProps<T> {
  name: string;
  columns: readonly Column<T>[];
  everyRow: () => AsyncGenerator<T[]>;
}

/** Everything the filter lets through, as CSV of the columns or as JSON lines of whole records. */
export function Download<T extends object>({ name, columns, everyRow }: DownloadProps<T>) {
  const download = async (format: "csv" | "jsonl") => {
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
    }
  };
  return (
    <DownloadMenu
      items={[
        { label: "CSV, the columns", save: () => download("csv") },
        { label: "JSON lines, whole records", save: () => download("jsonl") },
      ]}
    />
  );
}

async function csvOf<T>(columns: readonly Column<T>[], rows: readonly T[]): Promise<string> {
  const { unparse } = await import("papaparse");
  const data = rows.map((row) => columns.map(({ text }) => text(row) ?? ""));
  // A cell that begins like a formula would be run by a spreadsheet.
  return unparse({ fields: columns.map(({ label }) => label), data }, { escapeFormulae: true });
}

const jsonLinesOf = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
