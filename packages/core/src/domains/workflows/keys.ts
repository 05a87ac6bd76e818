import { encodeTuple } from "../../engine/keys.ts";
import { isKeyText } from "../shared/key-text.ts";
import type { WorkflowRunKey } from "./types.ts";

/** One text for a run: names its queue, its place in the cache and its pending deletion. */
export const runId = ({ workflowName, runId }: WorkflowRunKey): string => encodeTuple([workflowName, runId]);

/**
 * Any string as one that every engine takes in a key: U+0000, lone surrogates and `%` become `%` and four hex digits. Texts
 * without them stay as they are, and no two texts share a result.
 */
export function escapeName(name: string): string {
  if (isKeyText(name) && !name.includes("%")) return name;
  return name.replace(/\0|%|\p{Surrogate}/gu, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The inverse of {@link escapeName}. */
export function unescapeName(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/%([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}

const entryMark = "entry:";
const memberMark = "member:";

export const entryKey = (name: string): string => entryMark + escapeName(name);
export const memberKey = (name: string): string => memberMark + escapeName(name);

/** Which part a row holds. */
export function readPartKey(key: string): { isEntry: boolean; name: string } {
  const isEntry = key.startsWith(entryMark);
  return { isEntry, name: unescapeName(key.slice(isEntry ? entryMark.length : memberMark.length)) };
}
