import * as z from "zod/mini";
import type { ColumnShape, RecordCondition } from "../../api/records.ts";

const shape = z.array(
  z.object({
    column: z.string(),
    op: z.enum(["is", "has", "from", "to", "absent"]),
    value: z.optional(z.string()),
  }),
);

/** The conditions of an address; what is none is left out. */
export function conditionsOf(text: string | undefined): RecordCondition[] {
  try {
    const parsed = z.safeParse(shape, JSON.parse(text ?? "[]"));
    return parsed.success ? (parsed.data as RecordCondition[]) : [];
  } catch {
    return [];
  }
}

/** For an address: nothing where there is no condition. */
export const textOf = (conditions: readonly RecordCondition[]): string | undefined =>
  conditions.length > 0 ? JSON.stringify(conditions) : undefined;

const words: Record<RecordCondition["op"], string> = {
  is: "is",
  has: "holds",
  from: "from",
  to: "up to",
  absent: "is not there",
};

/** What can be asked of a column. */
export const operatorsOf = ({ type, isNullable }: ColumnShape): { value: RecordCondition["op"]; label: string }[] => {
  const ops: RecordCondition["op"][] =
    type === "json"
      ? ["has"]
      : type === "text"
        ? ["is", "has", "from", "to"]
        : type === "boolean"
          ? ["is"]
          : ["is", "from", "to"];
  return [...ops, ...(isNullable ? (["absent"] as const) : [])].map((value) => ({ value, label: words[value] }));
};

export const sentenceOf = ({ column, op, value }: RecordCondition): string =>
  [column, words[op], op === "absent" ? undefined : value].filter((word) => word !== undefined).join(" ");
