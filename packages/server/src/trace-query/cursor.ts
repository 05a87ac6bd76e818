import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { cursorConflict, cursorMalformed } from "./refusal.ts";

/** What ties a cursor to its query: a cursor of another one is refused rather than misread. */
export const bindingOf = (query: object): string => createHash("sha256").update(JSON.stringify(query)).digest("hex");

const keyset = z.strictObject({
  version: z.literal(1),
  binding: z.string(),
  values: z.union([
    z.strictObject({ result: z.literal("traces"), sortValue: z.iso.datetime({ offset: true }), traceId: z.string() }),
    z.strictObject({ result: z.enum(["groups", "threads"]), threadId: z.string() }),
  ]),
});
const delta = z.strictObject({
  version: z.literal(1),
  kind: z.literal("trace-delta"),
  binding: z.string(),
  adapter: z.string().min(1).max(100),
  watermark: z.string().min(1).max(4096),
});

/** Where a page goes on. */
export function readKeyset(text: string, binding: string, result: string): object {
  const { values, binding: given } = decode(keyset, text);
  if (given !== binding || values.result !== result) throw cursorConflict();
  const { result: _result, ...place } = values;
  return place;
}

/** Where a poll goes on. The storage judges the rest. */
export function readDelta(text: string, binding: string): { adapter: string; watermark: string } {
  const { adapter, watermark, binding: given } = decode(delta, text);
  if (given !== binding) throw cursorConflict();
  return { adapter, watermark };
}

function decode<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch {
    throw cursorMalformed();
  }
}
