import type { EngineValue } from "../../engine/column.ts";
import { decodeJson, encodeJson } from "../../engine/json.ts";
import type { Row, StoredRow } from "../../engine/table.ts";
import { agentVersions } from "./tables.ts";
import type { AgentVersion, StorageAgentSnapshotType } from "./types.ts";

/** Names of the record, of the version and of the resolved view; none is ever part of a configuration. */
const reserved = new Set([
  "id",
  "agentId",
  "status",
  "activeVersionId",
  "authorId",
  "visibility",
  "metadata",
  "favoriteCount",
  "createdAt",
  "updatedAt",
  "versionNumber",
  "changedFields",
  "changeMessage",
  "resolvedVersionId",
]);

const textFields = ["name", "description", "skillsFormat"] as const;
const jsonFields = agentVersions.columnNames.filter(
  (name) => agentVersions.columns[name].type === "json" && name !== "extra" && name !== "changedFields",
);

/** Fields of a configuration as JSON texts; those without a value are left out. */
export type SnapshotTexts = ReadonlyMap<string, string>;

/** Takes the configuration out of an input that carries other things beside it. */
export function snapshotOf(input: object): SnapshotTexts {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(input)) {
    if (reserved.has(name) || value === undefined || value === null) continue;
    const text = encodeJson(value);
    if (text !== undefined && text !== "null") texts.set(name, text);
  }
  return texts;
}

type VersionRow = Row<typeof agentVersions>;

export interface VersionHead {
  readonly id: string;
  readonly agentId: string;
  readonly versionNumber: number;
  readonly changedFields: readonly string[] | undefined;
  readonly changeMessage: string | undefined;
  readonly createdAt: number;
}

export function toVersionRow(head: VersionHead, snapshot: SnapshotTexts): VersionRow {
  const { changedFields, changeMessage, ...rest } = head;
  const row: Record<string, EngineValue> = { ...rest };
  const extra = new Map(snapshot);
  for (const name of textFields) {
    const text = snapshot.get(name);
    // A name that is no string is kept all the same, beside the unknown fields.
    const isText = text?.startsWith('"');
    row[name] = isText ? (decodeJson(text as string) as string) : null;
    if (isText) extra.delete(name);
  }
  for (const name of jsonFields) {
    row[name] = snapshot.get(name) ?? null;
    extra.delete(name);
  }
  const members = [...extra].map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  row.extra = members.length > 0 ? `{${members.join(",")}}` : null;
  row.changedFields = changedFields ? (encodeJson(changedFields) ?? null) : null;
  row.changeMessage = changeMessage ?? null;
  return row as VersionRow;
}

/** The configuration that a version holds, as the caller's own object. */
export function toSnapshot(row: VersionRow | StoredRow<typeof agentVersions>): Partial<StorageAgentSnapshotType> {
  const snapshot = (row.extra === null ? {} : decodeJson(row.extra)) as Record<string, unknown>;
  for (const name of textFields) if (row[name] !== null) snapshot[name] = row[name];
  for (const name of jsonFields) if (row[name] !== null) snapshot[name] = decodeJson(row[name] as string);
  return snapshot;
}

export function toVersion(row: VersionRow | StoredRow<typeof agentVersions>): AgentVersion {
  const { id, agentId, versionNumber, changedFields, changeMessage, createdAt } = row;
  return {
    ...toSnapshot(row),
    id,
    agentId,
    versionNumber,
    ...(changedFields !== null && { changedFields: decodeJson(changedFields) as string[] }),
    ...(changeMessage !== null && { changeMessage }),
    createdAt: new Date(createdAt),
  } as AgentVersion;
}
