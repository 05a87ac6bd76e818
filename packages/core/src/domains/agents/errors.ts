import { notFound, StorageError } from "../../errors.ts";

export const agentNotFound = (id: unknown): StorageError =>
  notFound(`Agent ${String(id)} not found`, { agentId: String(id) }, "AGENT_NOT_FOUND");

export const agentExists = (id: string, cause?: unknown): StorageError =>
  new StorageError(`Agent ${id} already exists`, {
    code: "already_exists",
    id: "AGENT_ALREADY_EXISTS",
    details: { agentId: id },
    cause,
  });

/** Callers search the text for "unique", "constraint" and "versionNumber" before they try the next number. */
export const versionConflict = (
  { agentId, id, versionNumber }: { agentId: string; id: string; versionNumber: number },
  cause?: unknown,
): StorageError =>
  new StorageError(
    `unique constraint: versionNumber ${versionNumber} of agent ${agentId}, or the version id ${id}, is taken`,
    {
      code: "already_exists",
      id: "AGENT_VERSION_CONFLICT",
      details: { agentId, versionId: id, versionNumber },
      cause,
    },
  );
