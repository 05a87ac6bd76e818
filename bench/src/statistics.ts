const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** With linear interpolation. */
export function quantile(values: readonly number[], p: number): number {
  const all = sorted(values);
  const at = p * (all.length - 1);
  const low = Math.floor(at);
  const below = all[low] ?? Number.NaN;
  return below + ((all[low + 1] ?? below) - below) * (at - low);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
export const geometricMean = (values: readonly number[]): number => Math.exp(mean(values.map(Math.log)));
