import { databases } from "./databases/index.ts";
import {
  count,
  type Figure,
  figure,
  medianTime,
  operationLines,
  type Report,
  type Rounds,
  ratio,
  showBytes,
  showFigure,
  showRatio,
  showTime,
} from "./report.ts";
import { geometricMean } from "./statistics.ts";
import { type VariantKey, variantKeys } from "./subject.ts";

export interface Table {
  readonly title: string;
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const showCount = (value: number | undefined): string => (value === undefined ? "–" : String(value));
const geometric = (values: number[]): string => (values.length > 0 ? showRatio(geometricMean(values)) : "–");

/** What a run found, as tables for the terminal and for the docs. */
export function tables(report: Report): Table[] {
  const { variants } = databases[report.database];
  const keys = variantKeys.filter((key) => variants[key]);
  const titles = keys.map((key) => variants[key]!.title);
  const each = (show: (variant: VariantKey) => string): string[] => keys.map(show);
  const all: Table[] = [];
  const lines = operationLines(report);
  if (lines.length > 0) {
    // Worse ones first.
    const ordered = lines.toSorted((a, b) => worst(a) - worst(b));
    all.push({
      title: "Operations",
      note: "Median time of a call, ± half the distance between the fastest and the slowest round. “vs”: how many times as fast Stowage is; below 1 it is slower. Missed targets are marked, and the worst come first.",
      head: ["operation", ...titles, "vs peer", "vs driver", "missed"],
      rows: [
        ...ordered.map((line) => [
          line.title,
          ...each((variant) => showFigure(line.figures[variant], showTime)),
          showRatio(line.peer),
          showRatio(line.driver),
          line.missed
            .map((target) => (target === "peer" ? `peer ${line.targets.peer}x` : `driver ${line.targets.driver}`))
            .join(", "),
        ]),
        [
          "geometric mean",
          ...each(() => ""),
          geometric(lines.flatMap(({ peer }) => peer ?? [])),
          geometric(lines.flatMap(({ driver }) => driver ?? [])),
          "",
        ],
      ],
    });
  }
  const trips = lines.map(({ key, title }) => {
    const { rounds } = report.operations.find((operation) => operation.key === key)!;
    return [title, ...each((variant) => showCount(figure(rounds, variant, ({ roundTrips }) => roundTrips)?.middle))];
  });
  if (lines.some(({ figures }) => figures.stowage) && trips.some((cells) => cells[1] !== "0")) {
    all.push({
      title: "Round trips",
      note: "What a call asks of the server, at the wire: all that is written to a connection before something comes back is one.",
      head: ["operation", ...titles],
      rows: trips,
    });
  }
  if (report.history.length > 0) {
    all.push({
      title: "A growing thread",
      note: "The newest 40 messages of a thread.",
      head: ["messages in the thread", "total", ...titles, "vs peer", "vs driver"],
      rows: report.history
        .toSorted((a, b) => Number(a.includeTotal) - Number(b.includeTotal))
        .map(({ messages, includeTotal, rounds }) => [
          count(messages),
          includeTotal ? "with" : "without",
          ...each((variant) => showFigure(figure(rounds, variant, medianTime), showTime)),
          showRatio(ratio(rounds, "peer", medianTime)),
          showRatio(ratio(rounds, "driver", medianTime)),
        ]),
    });
  }
  const costs: string[][] = [];
  const cost = <Value>(
    title: string,
    rounds: Rounds<Value> | undefined,
    of: (value: Value) => number | null,
    show: (found: Figure | undefined) => string,
  ) => {
    if (!rounds) return;
    const number = (value: Value) => of(value) ?? Number.NaN;
    const known = (found: number | undefined) => (Number.isFinite(found) ? found : undefined);
    costs.push([
      title,
      ...each((variant) => {
        const found = figure(rounds, variant, number);
        return show(known(found?.middle) === undefined ? undefined : found);
      }),
      showRatio(known(ratio(rounds, "peer", number))),
      showRatio(known(ratio(rounds, "driver", number))),
    ]);
  };
  const time = (found: Figure | undefined) => showFigure(found, showTime);
  const bytes = (found: Figure | undefined) => showBytes(found?.middle);
  cost("written for one step result, run of 200 steps", report.stepBytes, (found) => found.bytes, bytes);
  cost("on disk after an agent loop of 30 steps", report.disk, (found) => found.bytes, bytes);
  cost("start: loading the packages", report.start, (found) => found.load, time);
  cost("start: opening and a first read", report.start, (found) => found.open, time);
  const exported = report.export && `export of ${count(report.export.messages)} messages`;
  cost(`${exported}: time`, report.export?.rounds, (found) => found.time, time);
  cost(`${exported}: growth of the heap`, report.export?.rounds, (found) => found.heap, bytes);
  cost(`${exported}: growth of the process`, report.export?.rounds, (found) => found.rss, bytes);
  if (costs.length > 0) {
    all.push({
      title: "Other costs",
      note: "“vs”: the other's figure divided by that of Stowage.",
      head: ["cost", ...titles, "vs peer", "vs driver"],
      rows: costs,
    });
  }
  return all;
}

/** How far an operation is from its targets: below 1 one is missed. */
const worst = (line: {
  peer?: number | undefined;
  driver?: number | undefined;
  targets: { peer: number; driver: number };
}) => Math.min((line.peer ?? Infinity) / line.targets.peer, (line.driver ?? Infinity) / line.targets.driver);

export function plain({ title, head, rows }: Table): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [title, line(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

export function markdown({ title, note, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `## ${title}`,
    "",
    ...(note ? [note, ""] : []),
    line(head),
    line(head.map((_, column) => (column === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}
