export interface Bin {
  /** What the bin holds, as in "0.2 – 0.3". */
  label: string;
  count: number;
}

/** The values in bins of one width, the last one closed at its upper end. */
export function distributionOf(values: readonly number[], bins = 10): Bin[] {
  if (values.length === 0) return [];
  const [least, most] = boundsOf(values);
  const [from, to] = least >= 0 && most <= 1 ? [0, 1] : least === most ? [least - 0.5, least + 0.5] : [least, most];
  const width = (to - from) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(Math.floor((value - from) / width), bins - 1);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, bin) => ({
    label: `${short(from + bin * width)} – ${short(from + (bin + 1) * width)}`,
    count,
  }));
}

const short = (value: number) => Number(value.toPrecision(3)).toString();

function boundsOf(values: readonly number[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

/** The value at a rank from 0 to 1, between neighbours by their distance. */
export function quantile(values: readonly number[], rank: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const place = rank * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below === undefined || above === undefined ? undefined : below + (above - below) * (place % 1);
}

export const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

export interface Day {
  day: string;
  p10: number;
  p50: number;
  p90: number;
}

/** Percentiles by day, in order. */
export function trendOf(scores: readonly { at: string; score: number }[]): Day[] {
  const days = Map.groupBy(scores, ({ at }) => at.slice(0, 10));
  return [...days]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([day, list]) => {
      const values = list.map(({ score }) => score);
      const at = (rank: number) => Number((quantile(values, rank) ?? 0).toPrecision(4));
      return { day, p10: at(0.1), p50: at(0.5), p90: at(0.9) };
    });
}

/** The share of values that reach a mark. */
export const passRate = (values: readonly number[], mark: number): number | undefined =>
  values.length === 0 ? undefined : values.filter((value) => value >= mark).length / values.length;
