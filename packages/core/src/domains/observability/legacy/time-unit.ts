/** What a time of a legacy row counts. `auto` tells by the size. */
export type LegacyTimeUnit = "auto" | "ns" | "us" | "ms";
export type TimeUnit = Exclude<LegacyTimeUnit, "auto">;

const nanosIn: Readonly<Record<TimeUnit, bigint>> = { ns: 1n, us: 1_000n, ms: 1_000_000n };

/** Since 1973 the three units are a thousandfold apart. What is too small for any is what the schema says: nanoseconds. */
export function unitOf(time: bigint, unit: LegacyTimeUnit): TimeUnit {
  if (unit !== "auto") return unit;
  if (time >= 10n ** 17n) return "ns";
  if (time >= 10n ** 14n) return "us";
  return time >= 10n ** 11n ? "ms" : "ns";
}

export const toNanos = (time: bigint, unit: TimeUnit): bigint => time * nanosIn[unit];

/** Rounded down where the unit is too coarse. */
export function fromNanos(nanos: bigint, unit: TimeUnit): bigint {
  const rest = ((nanos % nanosIn[unit]) + nanosIn[unit]) % nanosIn[unit];
  return (nanos - rest) / nanosIn[unit];
}
