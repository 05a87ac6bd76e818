import type { ColumnType, EngineValue } from "@stowage/core/engine";
import { escapeText, unescapeText } from "./text.ts";

/** How values of one type of column are kept. Numbers are doubles: every integer of the contract fits in. */
export interface Storage {
  readonly arrow: "text" | "number";
  encode(value: EngineValue): string | number;
  decode(value: unknown): EngineValue;
}

const number: Storage = { arrow: "number", encode: (value) => value as number, decode: (value) => value as number };

export const storages: Readonly<Record<ColumnType, Storage>> = {
  text: {
    arrow: "text",
    encode: (value) => escapeText(value as string),
    decode: (value) => unescapeText(value as string),
  },
  json: { arrow: "text", encode: (value) => value as string, decode: (value) => value as string },
  timestamp: number,
  integer: number,
  float: number,
  bigint: { arrow: "text", encode: String, decode: (value) => BigInt(value as string) },
  // As 0 and 1: a batch in which every boolean is null has no bits for them.
  boolean: { arrow: "number", encode: Number, decode: (value) => value === 1 },
};
