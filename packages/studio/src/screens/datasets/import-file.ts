import type { DatasetItemPayload } from "@stowage/core";

/** Where a column of the file goes; `metadata` keeps it under its own name. */
export const targets = ["input", "groundTruth", "externalId", "metadata", "ignore"] as const;
export type Target = (typeof targets)[number];
export type Mapping = Readonly<Record<string, Target>>;

/** What a file holds, as rows of named values. */
export interface Table {
  sourceType: "csv" | "json";
  columns: string[];
  rows: Record<string, unknown>[];
  /** Lines that could not be read. */
  problems: { line: number; reason: string }[];
}

/** Reads CSV, a JSON array, or JSON lines, by the name of the file. */
export async function readTable(name: string, text: string): Promise<Table> {
  if (/\.json$/i.test(name)) return tableOf(jsonRows(text));
  return /\.(jsonl|ndjson)$/i.test(name) ? tableOf(lineRows(text)) : csvTable(text);
}

async function csvTable(text: string): Promise<Table> {
  const { parse } = await import("papaparse");
  const { data, errors, meta } = parse<Record<string, string>>(text.replace(/^\uFEFF/, ""), {
    header: true,
    skipEmptyLines: "greedy",
  });
  const bad = new Set(errors.map(({ row }) => row));
  const rows = data
    .filter((_, at) => !bad.has(at))
    .map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, guessed(value)])));
  // The first line names the columns.
  const problems = errors.map(({ row = 0, message }) => ({ line: row + 2, reason: message }));
  return { sourceType: "csv", columns: (meta.fields ?? []).filter(Boolean), rows, problems };
}

/** A cell that is JSON of more than a word is that; a number stays text where that would lose digits. */
function guessed(value: string): unknown {
  if (!/^\s*([[{]|-?\d|true$|false$|null$)/.test(value)) return value;
  try {
    const parsed = JSON.parse(value) as unknown;
    return typeof parsed === "number" && String(parsed) !== value.trim() ? value : parsed;
  } catch {
    return value;
  }
}

function jsonRows(text: string): { value: unknown; line: number }[] {
  const parsed = JSON.parse(text) as unknown;
  const list = Array.isArray(parsed) ? parsed : ((parsed as { items?: unknown[] }).items ?? [parsed]);
  return list.map((value, at) => ({ value, line: at + 1 }));
}

function lineRows(text: string): { value: unknown; line: number }[] {
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "") return [];
    try {
      return [{ value: JSON.parse(line) as unknown, line: at + 1 }];
    } catch {
      return [{ value: undefined, line: at + 1 }];
    }
  });
}

function tableOf(entries: { value: unknown; line: number }[]): Table {
  const columns = new Set<string>();
  const rows: Table["rows"] = [];
  const problems: Table["problems"] = [];
  for (const { value, line } of entries) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      problems.push({ line, reason: "is no JSON object" });
      continue;
    }
    for (const name of Object.keys(value)) columns.add(name);
    rows.push(value as Record<string, unknown>);
  }
  return { sourceType: "json", columns: [...columns], rows, problems };
}

const known: readonly [names: RegExp, target: Target][] = [
  [/^(input|question|prompt|text)$/i, "input"],
  [/^(ground_?truth|expected(_?(output|answer))?|answer|output|reference)$/i, "groundTruth"],
  [/^(external_?id|id|key)$/i, "externalId"],
];

/** Where the columns probably go. */
export function guessMapping(columns: readonly string[]): Mapping {
  const mapping: Record<string, Target> = {};
  for (const column of columns) {
    const target = known.find(([names]) => names.test(column))?.[1] ?? "metadata";
    const isTaken = target === "externalId" && Object.values(mapping).includes("externalId");
    mapping[column] = isTaken ? "metadata" : target;
  }
  return mapping;
}

/** The items of a table. Several columns for one field make an object of it. Rows without an input are left out, and told. */
export function itemsFrom(
  { rows, sourceType }: Table,
  mapping: Mapping,
): { items: DatasetItemPayload[]; withoutInput: number[] } {
  const columnsOf = (target: Target) => Object.keys(mapping).filter((column) => mapping[column] === target);
  const [inputs, truths, metadata] = [columnsOf("input"), columnsOf("groundTruth"), columnsOf("metadata")];
  const idColumn = columnsOf("externalId")[0];
  const items: DatasetItemPayload[] = [];
  const withoutInput: number[] = [];
  rows.forEach((row, at) => {
    const input = fieldOf(row, inputs);
    if (input === undefined || input === "") {
      withoutInput.push(at + 1);
      return;
    }
    const groundTruth = fieldOf(row, truths);
    const externalId = idColumn === undefined ? undefined : row[idColumn];
    const kept = objectOf(row, metadata);
    items.push({
      input,
      ...(groundTruth !== undefined && { groundTruth }),
      ...(externalId !== undefined && externalId !== "" && { externalId: String(externalId) }),
      ...(Object.keys(kept).length > 0 && { metadata: kept }),
      source: { type: sourceType },
    });
  });
  return { items, withoutInput };
}

const objectOf = (row: Record<string, unknown>, columns: readonly string[]) =>
  Object.fromEntries(columns.flatMap((column) => (row[column] === undefined ? [] : [[column, row[column]]])));

function fieldOf(row: Record<string, unknown>, columns: readonly string[]): unknown {
  const [only, ...more] = columns;
  if (only === undefined) return undefined;
  if (more.length === 0) return row[only];
  const value = objectOf(row, columns);
  return Object.keys(value).length > 0 ? value : undefined;
}
