/** A quantile differs from a value of that rank by at most this part of it. */
export const sketchError = 0.02;

const base = (1 + sketchError) / (1 - sketchError);
const logBase = Math.log(base);

/** How many values fell into each bucket, by bucket. */
export type SketchCounts = readonly (readonly [bucket: number, count: number])[];

/**
 * Durations as counts in buckets that grow by 4 percent, so that sketches of parts add up to the sketch of the whole, in any
 * order. Values up to one are one bucket.
 */
export class Sketch {
  private readonly counts = new Map<number, number>();
  private total = 0;

  constructor(counts: SketchCounts = []) {
    this.addAll(counts);
  }

  add(milliseconds: number): void {
    this.count(milliseconds <= 1 ? 0 : Math.ceil(Math.log(milliseconds) / logBase), 1);
  }

  addAll(counts: SketchCounts): void {
    for (const [bucket, count] of counts) this.count(bucket, count);
  }

  /** The value at rank p × (n − 1), rounded down; `null` when there are none. */
  quantile(p: number): number | null {
    if (this.total === 0) return null;
    let rank = Math.floor(p * (this.total - 1));
    const ordered = this.toCounts();
    for (const [bucket, count] of ordered) {
      rank -= count;
      if (rank < 0) return middleOf(bucket);
    }
    return middleOf(ordered.at(-1)?.[0] ?? 0);
  }

  toCounts(): SketchCounts {
    return [...this.counts].sort(([a], [b]) => a - b);
  }

  private count(bucket: number, count: number): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
    this.total += count;
  }
}

/** In the middle of the bucket, as far from its ends. */
const middleOf = (bucket: number): number => (bucket === 0 ? 1 : (2 * base ** bucket) / (base + 1));
