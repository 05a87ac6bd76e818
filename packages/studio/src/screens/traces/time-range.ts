/** How far back a list looks, as its address names it. */
export const rangeNames = ["1h", "24h", "7d", "30d", "all"] as const;
export type RangeName = (typeof rangeNames)[number];

const hour = 3_600_000;
const lengths: Readonly<Record<Exclude<RangeName, "all">, { milliseconds: number; bucket: Bucket }>> = {
  "1h": { milliseconds: hour, bucket: "1m" },
  "24h": { milliseconds: 24 * hour, bucket: "1h" },
  "7d": { milliseconds: 7 * 24 * hour, bucket: "1h" },
  "30d": { milliseconds: 30 * 24 * hour, bucket: "1d" },
};
export type Bucket = "1m" | "1h" | "1d";
const bucketLengths: Readonly<Record<Bucket, number>> = { "1m": 60_000, "1h": hour, "1d": 24 * hour };

/** When a range begins; `undefined` for all time. To the minute, so that a repeated question is the same question. */
export function startOf(range: RangeName, now = Date.now()): string | undefined {
  if (range === "all") return undefined;
  return new Date(Math.floor((now - lengths[range].milliseconds) / 60_000) * 60_000).toISOString();
}

/** The range in buckets for a chart; `undefined` for all time. */
export function bucketsOf(range: RangeName, now = Date.now()) {
  if (range === "all") return undefined;
  const { milliseconds, bucket } = lengths[range];
  const length = bucketLengths[bucket];
  const from = Math.floor((now - milliseconds) / length) * length;
  const to = Math.ceil((now + 1) / length) * length;
  return { interval: bucket, length, from, to };
}
