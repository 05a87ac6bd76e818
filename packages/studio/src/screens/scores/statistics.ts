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

export interface Day {
  day: string;
  p10: number;
  p50: number;
  p90: number;
}

/** The share of values that reach a mark. */
export const passRate = (values: readonly number[], mark: number): number | undefined =>
  values.length === 0 ? undefined : values.filter((value) => value >= mark).length / values.length;
