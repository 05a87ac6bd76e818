import type { Result } from "../../api/experiments.ts";

/** Runs that are held against each other at most. */
export const mostRuns = 5;
/** Scores closer than this are equal. */
const epsilon = 1e-9;

export type Verdict = "improved" | "worse" | "equal";

export interface CellScore {
  /** Mean of the attempts. */
  mean: number;
  /** Standard deviation of the attempts; `undefined` for one attempt. */
  spread?: number | undefined;
  /** Against the baseline; `undefined` where that has no such score, and for the baseline itself. */
  delta?: number | undefined;
  verdict?: Verdict | undefined;
}

export interface Cell {
  /** The last attempt. */
  result: Result;
  attempts: number;
  scores: Record<string, CellScore>;
}

export interface ComparedItem {
  itemId: string;
  input: unknown;
  groundTruth: unknown;
  /** By run; a run without the item has none. */
  cells: Record<string, Cell>;
  /** Whether any score of any run is worse than the baseline's, or fails where that did not. */
  isRegression: boolean;
}

export type Counts = Record<Verdict, number>;

export interface Comparison {
  items: ComparedItem[];
  scorers: string[];
  /** By run and scorer. */
  counts: Record<string, Record<string, Counts>>;
}

/** Runs item by item, with the signed difference of each score from the baseline's. */
export function compare(runs: readonly { id: string; results: readonly Result[] }[], baseline: string): Comparison {
  const items = new Map<string, ComparedItem>();
  const scorers = new Set<string>();
  for (const { id, results } of runs) {
    for (const [itemId, attempts] of byItem(results)) {
      const last = attempts.at(-1) as Result;
      const { input, groundTruth } = last;
      const item = items.get(itemId) ?? { itemId, input, groundTruth, cells: {}, isRegression: false };
      items.set(itemId, item);
      item.cells[id] = { result: last, attempts: attempts.length, scores: meansOf(last) };
      for (const scorer of Object.keys(item.cells[id].scores)) scorers.add(scorer);
    }
  }
  const counts: Comparison["counts"] = {};
  for (const { id } of runs) {
    if (id === baseline) continue;
    const ofRun: Record<string, Counts> = {};
    counts[id] = ofRun;
    for (const scorer of scorers) ofRun[scorer] = { improved: 0, worse: 0, equal: 0 };
    for (const item of items.values()) {
      const [cell, base] = [item.cells[id], item.cells[baseline]];
      if (!cell || !base) continue;
      for (const [scorer, score] of Object.entries(cell.scores)) judge(score, base.scores[scorer], ofRun[scorer]);
      const isWorse = Object.values(cell.scores).some(({ verdict }) => verdict === "worse");
      if (isWorse || (cell.result.error && !base.result.error)) item.isRegression = true;
    }
  }
  return { items: [...items.values()], scorers: [...scorers].sort(), counts };
}

function judge(score: CellScore, base: CellScore | undefined, counts: Counts | undefined): void {
  if (!base || !counts) return;
  score.delta = score.mean - base.mean;
  score.verdict = Math.abs(score.delta) < epsilon ? "equal" : score.delta > 0 ? "improved" : "worse";
  counts[score.verdict]++;
}

function byItem(results: readonly Result[]): Map<string, Result[]> {
  const items = new Map<string, Result[]>();
  for (const result of results) {
    const attempts = items.get(result.itemId) ?? [];
    attempts.push(result);
    items.set(result.itemId, attempts);
  }
  for (const attempts of items.values()) attempts.sort((a, b) => a.attempt - b.attempt);
  return items;
}

/** Every attempt at an item carries the scores of all of them. */
function meansOf(result: Result): Record<string, CellScore> {
  return Object.fromEntries([...valuesOf([result])].map(([scorer, given]) => [scorer, summary(given)]));
}

function valuesOf(results: Iterable<Result>): Map<string, number[]> {
  const values = new Map<string, number[]>();
  for (const { scores = [] } of results) {
    for (const { scorerId, score } of scores) {
      if (score !== null) values.set(scorerId, [...(values.get(scorerId) ?? []), score]);
    }
  }
  return values;
}

function summary(values: readonly number[]): CellScore {
  const mean = meanOf(values) ?? 0;
  if (values.length < 2) return { mean };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, spread: Math.sqrt(variance) };
}

/** `undefined` for nothing. */
export const meanOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

/** The scores of a run by scorer, each item once, with their mean. */
export function meanScores(results: readonly Result[]): Record<string, { mean: number; values: number[] }> {
  const items = new Map(results.map((result) => [result.itemId, result]));
  const values = valuesOf(items.values());
  return Object.fromEntries([...values].map(([id, given]) => [id, { mean: meanOf(given) as number, values: given }]));
}

/** A score with at most three digits, a difference with its sign. */
export const shownScore = (value: number) => String(Math.round(value * 1000) / 1000);
export const shownDelta = (delta: number) =>
  delta > 0 ? `+${shownScore(delta)}` : shownScore(delta).replace("-", "−");
