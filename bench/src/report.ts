import type { DatabaseKey } from "./database.ts";
import { databases } from "./databases/index.ts";
import { operations, operationsOn } from "./operations.ts";
import { geometricMean, median } from "./statistics.ts";
import type { VariantKey } from "./subject.ts";
import type { Times } from "./tasks.ts";

/** Answers of a variant, one per round, or why there are none. */
export type Rounds<Value> = { [variant in VariantKey]?: Value[] | { error: string } };

export interface Facts {
  readonly cores: number;
  readonly platform: string;
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** Everything one run found out. */
export interface Report {
  database: DatabaseKey;
  facts: Facts;
  command: string;
  quick: boolean;
  rounds: number;
  operations: { key: string; rounds: Rounds<Times> }[];
  history: { messages: number; includeTotal: boolean; rounds: Rounds<Times> }[];
  export?: { messages: number; rounds: Rounds<{ time: number; heap: number; rss: number }> };
  stepBytes?: Rounds<{ bytes: number | null }>;
  disk?: Rounds<{ bytes: number }>;
  start?: Rounds<{ load: number; open: number }>;
}

export interface Figure {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Median over the rounds, and their extremes. */
export function figure<Value>(
  rounds: Rounds<Value>,
  variant: VariantKey,
  of: (value: Value) => number,
): Figure | undefined {
  const all = rounds[variant];
  if (!Array.isArray(all) || all.length === 0) return undefined;
  const values = all.map(of);
  return { middle: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** How many times as fast as `other` Stowage is: the median of the ratios within a round, where both had the same noise. */
export function ratio<Value>(
  rounds: Rounds<Value>,
  other: VariantKey,
  of: (value: Value) => number,
): number | undefined {
  const [ours, theirs] = [rounds.stowage, rounds[other]];
  if (!Array.isArray(ours) || !Array.isArray(theirs)) return undefined;
  const ratios = ours.slice(0, theirs.length).map((value, round) => of(theirs[round]!) / of(value));
  return ratios.length > 0 ? median(ratios) : undefined;
}

export const medianTime = (times: Times): number => times.median;

export interface OperationLine {
  readonly key: string;
  readonly title: string;
  readonly figures: { readonly [variant in VariantKey]?: Figure };
  readonly errors: readonly string[];
  readonly peer: number | undefined;
  readonly driver: number | undefined;
  readonly targets: { readonly peer: number; readonly driver: number };
  readonly missed: readonly ("peer" | "driver")[];
}

export function operationLines(report: Report): OperationLine[] {
  return report.operations.map(({ key, rounds }) => {
    const operation = operations.find((candidate) => candidate.key === key)!;
    const targets = { peer: operation.target?.peer ?? 1, driver: databases[report.database].targets.driver };
    const [peer, driver] = [ratio(rounds, "peer", medianTime), ratio(rounds, "driver", medianTime)];
    const entries = Object.entries(rounds) as [VariantKey, Times[] | { error: string }][];
    return {
      key,
      title: operation.title,
      figures: Object.fromEntries(entries.map(([variant]) => [variant, figure(rounds, variant, medianTime)])),
      errors: entries.flatMap(([variant, found]) => (Array.isArray(found) ? [] : [`${variant}: ${found.error}`])),
      peer,
      driver,
      targets,
      missed: [
        ...(peer !== undefined && peer < targets.peer ? (["peer"] as const) : []),
        ...(driver !== undefined && driver < targets.driver ? (["driver"] as const) : []),
      ],
    };
  });
}

export interface Verdict {
  readonly target: string;
  readonly found: string;
  readonly met: boolean;
}

const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)}x`;

/** Every target that this run can judge, the missed ones first. */
export function verdicts(report: Report): Verdict[] {
  const lines = operationLines(report);
  const all: Verdict[] = [];
  const peers = lines.flatMap(({ peer }) => peer ?? []);
  const drivers = lines.flatMap(({ driver }) => driver ?? []);
  const complete = report.operations.length === operationsOn(databases[report.database]).length;
  const { mean, driver } = databases[report.database].targets;
  if (peers.length > 0 && complete) {
    const found = geometricMean(peers);
    all.push({ target: `geometric mean at least ${mean}x the peer`, found: times(found), met: found >= mean });
  }
  for (const line of lines) {
    if (line.peer !== undefined) {
      all.push({
        target:
          line.targets.peer === 1
            ? `${line.title}: not slower than the peer`
            : `${line.title}: at least ${line.targets.peer}x the peer`,
        found: times(line.peer),
        met: line.peer >= line.targets.peer,
      });
    }
    if (line.driver !== undefined) {
      all.push({
        target: `${line.title}: at least ${line.targets.driver} of the bare driver`,
        found: times(line.driver),
        met: line.driver >= line.targets.driver,
      });
    }
  }
  if (drivers.length > 0 && complete) {
    const found = geometricMean(drivers);
    all.push({
      target: `geometric mean at least ${driver} of the bare driver`,
      found: times(found),
      met: found >= driver,
    });
  }
  const pages = report.history.filter((stage) => !stage.includeTotal);
  const [first, last] = [pages[0], pages.at(-1)];
  if (first && last && first !== last) {
    const [small, large] = [first, last].map((stage) => figure(stage.rounds, "stowage", medianTime)?.middle);
    if (small && large) {
      all.push({
        target: `last 40 without total at ${count(last.messages)} messages: within 1.5x of its cost at ${count(first.messages)}`,
        found: times(large / small),
        met: large / small <= 1.5,
      });
    }
  }
  return [...all.filter(({ met }) => !met), ...all.filter(({ met }) => met)];
}

export const count = (value: number): string => value.toLocaleString("en-US");
export const showRatio = (value: number | undefined): string => (value === undefined ? "–" : times(value));
export function showTime(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "–";
  if (milliseconds < 1) return `${(milliseconds * 1000).toFixed(milliseconds < 0.01 ? 1 : 0)} µs`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
export function showBytes(bytes: number | null | undefined): string {
  if (bytes === undefined || bytes === null) return "–";
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
/** `1.20 ms (1.1–1.5)`: the median of the rounds and their extremes. */
export function showFigure(found: Figure | undefined, show: (value: number) => string): string {
  if (!found) return "–";
  const spread = found.middle === 0 ? 0 : ((found.high - found.low) / 2 / found.middle) * 100;
  return `${show(found.middle)} ±${spread.toFixed(0)}%`;
}
