import { decodeJson } from "../../engine/json.ts";
import type { Row, StoredRow } from "../../engine/table.ts";
import type { agents } from "./tables.ts";
import type { StorageAgentType } from "./types.ts";

export type AgentRow = Row<typeof agents> | StoredRow<typeof agents>;

/** A record as the caller sees it: what is unset is not there. */
export function toAgent(row: AgentRow): StorageAgentType {
  const { id, status, activeVersionId, authorId, visibility, metadata, favoriteCount } = row;
  return {
    id,
    status,
    ...(activeVersionId !== null && { activeVersionId }),
    ...(authorId !== null && { authorId }),
    ...(visibility !== null && { visibility }),
    ...(metadata !== null && { metadata: decodeJson(metadata) as Record<string, unknown> }),
    favoriteCount: favoriteCount ?? 0,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
}
