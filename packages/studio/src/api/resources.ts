import { request, segment } from "./client.ts";

export interface Resource {
  id: string;
  workingMemory: string | null;
  metadata?: Record<string, unknown>;
  createdAt?: string;
  updatedAt?: string;
}

export const resourcePath = (id: string) => `/stowage/resources/${segment(id)}`;

export const getResource = (id: string, signal?: AbortSignal) =>
  request<Resource>(resourcePath(id), { ...(signal && { signal }) });

/** Refused with 409 when somebody else changed it since it was read. */
export const saveWorkingMemory = ({ id, updatedAt = null }: { id: string; updatedAt?: string | null }, text: string) =>
  request<Resource>(resourcePath(id), {
    method: "PATCH",
    body: { workingMemory: text, expectedUpdatedAt: updatedAt },
  });
