import type { EngineValue } from "../engine/column.ts";
import type { Key } from "../engine/operations.ts";

/** One value in JSON; a bigint keeps its kind. */
export const packValue = (value: EngineValue): unknown => (typeof value === "bigint" ? { i: value.toString() } : value);

export const unpackValue = (value: unknown): EngineValue =>
  typeof value === "object" && value !== null ? BigInt((value as { i: string }).i) : (value as EngineValue);

/** A key as JSON text. */
export const packKey = (key: Key): string => JSON.stringify(key.map(packValue));

export const unpackKey = (text: string): EngineValue[] => (JSON.parse(text) as unknown[]).map(unpackValue);
