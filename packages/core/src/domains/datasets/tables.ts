import { boolean, integer, json, text, timestamp } from "../../engine/column.ts";
import { defineTable, type Table } from "../../engine/table.ts";
import { deletions } from "../shared/deletions.ts";
import { adoptedPurge } from "../shared/purge-mark.ts";

/** Kept in the dataset's row while items of its next version are written in several batches. */
export interface Reservation {
  /** Names the writer; rows written under the reservation carry the same name. */
  readonly owner: string;
  /** Milliseconds since 1970. Past it, whoever meets the reservation undoes what was written under it. */
  readonly expiresAt: number;
}

/** What `openUntil` holds while a row is not superseded. */
export const forever = Number.MAX_SAFE_INTEGER;

export const datasets = defineTable(
  "mastra_datasets",
  {
    id: text(),
    name: text(),
    description: text().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    inputSchema: json<Record<string, unknown>>().nullable(),
    groundTruthSchema: json<Record<string, unknown>>().nullable(),
    requestContextSchema: json<Record<string, unknown>>().nullable(),
    tags: json<string[]>().nullable(),
    targetType: text().nullable(),
    targetIds: json<string[]>().nullable(),
    scorerIds: json<string[]>().nullable(),
    organizationId: text().nullable(),
    projectId: text().nullable(),
    candidateKey: text().nullable(),
    candidateId: text().nullable(),
    version: integer(),
    /** Who is writing items of the next version in several batches; null when nobody is. */
    reservation: json<Reservation>().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  },
  {
    key: ["id"],
    paths: {
      byCreatedAt: { sort: ["createdAt"] },
      byUpdatedAt: { sort: ["updatedAt"] },
      byName: { sort: ["name"] },
      ofOrganizationByCreatedAt: { eq: ["organizationId"], sort: ["createdAt"] },
      ofOrganizationByUpdatedAt: { eq: ["organizationId"], sort: ["updatedAt"] },
      ofOrganizationByName: { eq: ["organizationId"], sort: ["name"] },
      ofProjectByCreatedAt: { eq: ["organizationId", "projectId"], sort: ["createdAt"] },
      ofCandidateKeyByCreatedAt: { eq: ["candidateKey"], sort: ["createdAt"] },
      ofCandidateByCreatedAt: { eq: ["candidateKey", "candidateId"], sort: ["createdAt"] },
    },
  },
);

export const items = defineTable(
  "mastra_dataset_items",
  {
    id: text(),
    datasetId: text(),
    datasetVersion: integer(),
    externalId: text().nullable(),
    organizationId: text().nullable(),
    projectId: text().nullable(),
    validTo: integer().nullable(),
    /** `validTo`, or {@link forever} while the row is open: what can be walked and kept unique where a null cannot. */
    openUntil: integer(),
    isDeleted: boolean(),
    input: json(),
    groundTruth: json().nullable(),
    expectedTrajectory: json().nullable(),
    toolMocks: json().nullable(),
    unmockedToolPolicy: text().nullable(),
    scorerIds: json<string[]>().nullable(),
    requestContext: json<Record<string, unknown>>().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    source: json().nullable(),
    /** When the content was erased; null for a row that has its content. */
    purgedAt: timestamp().nullable(),
    /** Who wrote the row ahead of its version's publication; null for a row that was written in one batch with it. */
    writtenBy: text().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  },
  {
    key: ["id", "datasetVersion"],
    unique: { open: ["id", "openUntil"], identity: ["datasetId", "externalId", "openUntil"] },
    paths: {
      ofItem: { eq: ["id"], sort: ["datasetVersion"] },
      ofDataset: { eq: ["datasetId"], sort: ["datasetVersion"] },
      ofIdentity: { eq: ["datasetId", "externalId"], sort: ["datasetVersion"] },
      visibleByCreatedAt: { eq: ["datasetId", "isDeleted"], sort: ["openUntil", "createdAt"] },
      visibleByUpdatedAt: { eq: ["datasetId", "isDeleted"], sort: ["openUntil", "updatedAt"] },
    },
    adopt: ({ validTo, input, metadata }) => ({
      openUntil: validTo ?? forever,
      // Only a row without content is taken at its word.
      purgedAt: input === "null" ? adoptedPurge(metadata) : null,
    }),
  },
);

export const versions = defineTable(
  "mastra_dataset_versions",
  { id: text(), datasetId: text(), version: integer(), createdAt: timestamp() },
  {
    key: ["id"],
    unique: { version: ["datasetId", "version"] },
    paths: { ofDataset: { eq: ["datasetId"], sort: ["version"] } },
  },
);

export const datasetsTables: readonly Table[] = [datasets, items, versions, deletions];
