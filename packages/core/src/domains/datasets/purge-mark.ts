import { storedJson } from "../shared/stored-json.ts";
import type { StoredItem } from "./records.ts";
import { items } from "./tables.ts";

/**
 * Whether the content of an item was erased. A row taken over from another store has the public mark in its metadata only;
 * a mark that a caller wrote beside content says nothing, or nobody could erase that content any more.
 */
export function isPurged(row: Pick<StoredItem, "purgedAt" | "metadata" | "input" | "id" | "datasetVersion">): boolean {
  if (row.purgedAt !== null) return true;
  if (row.input !== "null" || row.metadata === null || !row.metadata.includes("__purged")) return false;
  const metadata = storedJson(items, row, "metadata") as Record<string, unknown>;
  return metadata.__purged === true;
}

/** What a purge leaves of the content of an item row. */
export const purgedContent = (purgedAt: number) => ({
  input: "null",
  groundTruth: "null",
  expectedTrajectory: "null",
  toolMocks: "null",
  unmockedToolPolicy: null,
  scorerIds: "null",
  requestContext: "null",
  source: "null",
  metadata: purgeMetadata(purgedAt),
  purgedAt,
});

/** What takes the place of metadata, as JSON text. */
export const purgeMetadata = (purgedAt: number): string =>
  JSON.stringify({ __purged: true, purgedAt: new Date(purgedAt).toISOString() });
