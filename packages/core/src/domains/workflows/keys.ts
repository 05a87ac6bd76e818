import { encodeTuple } from "../../engine/keys.ts";
import { fromKeyText, toKeyText } from "../shared/key-text.ts";
import type { WorkflowRunKey } from "./types.ts";

/** One text for a run: names its queue, its place in the cache and its pending deletion. */
export const runId = ({ workflowName, runId }: WorkflowRunKey): string => encodeTuple([workflowName, runId]);

const entryMark = "entry:";
const memberMark = "member:";

export const entryKey = (name: string): string => entryMark + toKeyText(name);
export const memberKey = (name: string): string => memberMark + toKeyText(name);

/** Which part a row holds. */
export function readPartKey(key: string): { isEntry: boolean; name: string } {
  const isEntry = key.startsWith(entryMark);
  return { isEntry, name: fromKeyText(key.slice(isEntry ? entryMark.length : memberMark.length)) };
}
