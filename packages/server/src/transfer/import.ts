import { isStorageError } from "@stowage/core";
import { parseJson } from "../api/body.ts";
import { badRequest, conflict } from "../api/errors.ts";
import { formatVersion } from "./export.ts";
import { type Stores, type TransferTable, tables } from "./tables.ts";

export type OnConflict = "skip" | "overwrite" | "fail";

export interface ImportReport {
  /** By domain and kind. */
  tables: Record<string, { written: number; skipped: number }>;
  /** The first hundred lines that were not taken. */
  rejected: { line: number; reason: string }[];
  rejectedCount: number;
  /** Whether the trailer was there. */
  isComplete: boolean;
}

interface Line {
  number: number;
  row: Record<string, unknown>;
}

const batchSize = 200;

export interface ImportLimits {
  /** Nesting of one record. */
  depth: number;
  /** Members of one array. */
  items: number;
  /** Writes nothing, and counts what would be written. Default `false`. */
  isDryRun?: boolean;
}

/** Writes the lines of an export, records of one kind in a row as one batch. */
export async function importLines(
  chunks: AsyncIterable<Uint8Array>,
  stores: Stores,
  onConflict: OnConflict,
  limits: ImportLimits,
): Promise<ImportReport> {
  const report: ImportReport = { tables: {}, rejected: [], rejectedCount: 0, isComplete: false };
  const reject = (line: number, reason: string) => {
    report.rejectedCount++;
    if (report.rejected.length < 100) report.rejected.push({ line, reason });
  };
  let batch: Line[] = [];
  let name = "";
  const flush = async () => {
    const table = tables[name];
    const lines = batch;
    batch = [];
    if (!table || lines.length === 0) return;
    const sums = (report.tables[name] ??= { written: 0, skipped: 0 });
    const fresh = await withoutKnown(table, lines, stores, onConflict);
    sums.skipped += lines.length - fresh.length;
    sums.written += limits.isDryRun ? fresh.length : await write(table, fresh, stores, reject);
  };
  let number = 0;
  for await (const text of linesOf(chunks)) {
    number++;
    if (text.trim() === "") continue;
    let entry: { stowage?: string; format?: number; d?: string; t?: string; r?: unknown };
    try {
      entry = parseJson(text, limits) as typeof entry;
    } catch (error) {
      reject(number, (error as Error).message);
      continue;
    }
    if (entry?.stowage === "export") {
      if (entry.format !== formatVersion)
        throw badRequest(`the export has format ${entry.format}, not ${formatVersion}`);
      continue;
    }
    if (entry?.stowage === "interrupted") continue;
    if (entry?.stowage === "end") {
      report.isComplete = true;
      continue;
    }
    const table = `${entry?.d}.${entry?.t}`;
    if (!Object.hasOwn(tables, table) || typeof entry.r !== "object" || entry.r === null) {
      reject(number, "no record of a known kind");
      continue;
    }
    if (table !== name || batch.length >= batchSize) await flush();
    name = table;
    batch.push({ number, row: entry.r as Line["row"] });
  }
  await flush();
  return report;
}

async function withoutKnown(
  table: TransferTable,
  lines: Line[],
  stores: Stores,
  onConflict: OnConflict,
): Promise<Line[]> {
  if (onConflict === "overwrite") return lines;
  const known = await table.known(
    lines.map(({ row }) => row),
    stores,
  );
  if (known.size > 0 && onConflict === "fail")
    throw conflict(`${[...known][0]} exists; nothing of its batch was written`);
  return lines.filter(({ row }) => !known.has(table.keyOf(row)));
}

/** The batch, or each of its records when the storage refuses the batch for one of them. */
async function write(
  table: TransferTable,
  lines: Line[],
  stores: Stores,
  reject: (line: number, reason: string) => void,
) {
  if (lines.length === 0) return 0;
  try {
    await table.write(
      lines.map(({ row }) => row),
      stores,
    );
    return lines.length;
  } catch (error) {
    if (!isStorageError(error) || error.category !== "USER") throw error;
    if (lines.length === 1) {
      reject((lines[0] as Line).number, error.message);
      return 0;
    }
    let written = 0;
    for (const line of lines) written += await write(table, [line], stores, reject);
    return written;
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() as string;
    yield* parts;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
