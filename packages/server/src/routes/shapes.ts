import { z } from "@hono/zod-openapi";

/** What lists answer beside their rows. */
export const pageShape = {
  total: z.number(),
  page: z.number(),
  perPage: z.union([z.number(), z.literal(false)]),
  hasMore: z.boolean(),
};
export const pagination = z.object(pageShape);

/** What lists answer that are walked by pages, or after a cursor; then nothing is counted. */
export const keysetShape = {
  ...pageShape,
  total: z.number().optional(),
  page: z.number().optional(),
  /** Of the first page, or of one after a cursor: goes on after it, whatever is added meanwhile. */
  next: z.string().nullable(),
};

export const record = z.looseObject({});
export const anyRecord = z.record(z.string(), z.unknown());
export const success = z.object({ success: z.boolean() });

/** Instants in bodies: ISO 8601 text, as the client serialises dates. */
export const date = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const words = z.array(z.string().max(1024)).max(1000);
