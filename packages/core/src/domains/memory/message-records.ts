import { compareText } from "../../engine/compare.ts";
import type { StoredRow } from "../../engine/table.ts";
import { toJsonValue } from "../shared/json-value.ts";
import { toFormat2 } from "./content.ts";
import type { messages } from "./tables.ts";
import type { MastraDBMessage, MastraMessageContentV2 } from "./types.ts";

export type MessageRow = StoredRow<typeof messages>;

/** Stored in the place of an absent `type`. */
export const defaultType = "v2";

/** Older rows say `tool` where the assistant's tool results are meant. */
export const readRole = (role: string): string => (role === "tool" ? "assistant" : role);

/** The message in a row. */
export function toMessage(row: MessageRow): MastraDBMessage {
  const role = readRole(row.role);
  const message: MastraDBMessage = {
    id: row.id,
    threadId: row.thread_id,
    role,
    createdAt: new Date(row.createdAt),
    content: readContent(row.content, role),
  };
  if (row.resourceId !== null) message.resourceId = row.resourceId;
  if (row.type !== defaultType) message.type = row.type;
  return message;
}

/** The content in a row, as format 2. Text that somebody else stored as it was is read as text. */
export function readContent(text: string, role: string): MastraMessageContentV2 {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text;
  }
  return toFormat2(value, role);
}

/** Content as it is stored and as it will be read. */
export interface StoredContent {
  readonly text: string;
  readonly content: MastraMessageContentV2;
}

/** Encodes content given in any form that is read. `undefined` when there is none. */
export function writeContent(given: unknown, role: string): StoredContent | undefined {
  if (given === undefined || given === null) return undefined;
  const json = toJsonValue(given);
  if (!json) return undefined;
  const content = toFormat2(json.value, role);
  return { text: content === json.value ? json.text : JSON.stringify(content), content };
}

/** The order of messages everywhere: time, then sequence, then (for rows of several processes) id. */
export function compareRows(a: MessageRow, b: MessageRow): number {
  return a.createdAt - b.createdAt || a.seq - b.seq || compareText(a.id, b.id);
}
