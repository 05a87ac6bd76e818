import type { EngineValue } from "../../engine/column.ts";
import { readInstant } from "./values.ts";

/** What takes the place of metadata when content is erased, as JSON text. */
export const purgeMetadata = (purgedAt: number): string =>
  JSON.stringify({ __purged: true, purgedAt: new Date(purgedAt).toISOString() });

/** When a row that another library wrote was purged, by the mark in its metadata; null when it has none. */
export function adoptedPurge(metadata: EngineValue | undefined): number | null {
  if (typeof metadata !== "string" || !metadata.includes("__purged")) return null;
  try {
    const mark = JSON.parse(metadata) as { __purged?: unknown; purgedAt?: unknown } | null;
    return mark?.__purged === true ? (readInstant(mark.purgedAt)?.getTime() ?? 0) : null;
  } catch {
    return null;
  }
}
