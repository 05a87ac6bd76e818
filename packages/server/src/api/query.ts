import { z } from "@hono/zod-openapi";

/**
 * Parameters of a URL as one object, whichever of the known encodings a client uses. Repeated names become a list; the texts
 * `undefined` and `null`, which clients write for what they do not have, count as absent.
 */
export function decodeQuery(params: URLSearchParams): Record<string, unknown> {
  const query: Record<string, unknown> = Object.create(null);
  for (const [name, value] of params) {
    if (value === "undefined" || value === "null") continue;
    const seen = query[name];
    query[name] = seen === undefined ? value : Array.isArray(seen) ? [...seen, value] : [seen, value];
  }
  const order = orderOf(query);
  if (order) query.orderBy = order;
  if (query.perPage === undefined && query.limit !== undefined) query.perPage = query.limit;
  if (query.page === undefined && query.offset !== undefined) {
    const [offset, size] = [Number(query.offset), Number(query.perPage)];
    // A page is all a domain knows; an offset between pages has no answer.
    query.page = offset === 0 ? "0" : String(offset / size);
  }
  return query;
}

/** `orderBy` as JSON, in brackets, as a bare name with `sortDirection`, or flat as `field` and `direction`. */
function orderOf(query: Record<string, unknown>): unknown {
  const bare = typeof query.orderBy === "string" && !query.orderBy.startsWith("{") ? query.orderBy : undefined;
  if (typeof query.orderBy === "string" && bare === undefined) return query.orderBy;
  const field = query["orderBy[field]"] ?? bare ?? query.field;
  const direction = query["orderBy[direction]"] ?? query.sortDirection ?? query.direction;
  if (field === undefined && direction === undefined) return undefined;
  return JSON.stringify({ field, direction });
}

const fromText = <T>(read: (text: string) => T | undefined, words: string) =>
  z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value as T;
    context.addIssue({ code: "custom", message: words });
    return z.NEVER;
  });

type JsonValue = string | number | boolean | object | null;

/** A member of JSON text checked by a schema. */
export const json = <S extends z.ZodType>(schema: S) =>
  fromText((text) => {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      return undefined;
    }
  }, "must be JSON").pipe(schema as z.ZodType<z.output<S>, JsonValue>);

export const count = fromText((text) => {
  const value = Number(text);
  return /^\d{1,15}$/.test(text) ? value : undefined;
}, "must be a whole number from 0 on");

export const flag = fromText(
  (text) => (text === "true" ? true : text === "false" ? false : undefined),
  "must be true or false",
);

export const instant = fromText((text) => {
  const date = new Date(/^\d{12,14}$/.test(text) ? Number(text) : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}, "must be a date in ISO 8601");

/** A list as repeated parameters, a JSON array, or words between commas. */
export const list = z.union([z.string(), z.array(z.string())]).transform((value) => {
  if (Array.isArray(value)) return value;
  if (value.startsWith("[")) {
    try {
      const parsed = JSON.parse(value) as unknown;
      if (Array.isArray(parsed)) return parsed.map(String);
    } catch {}
  }
  return value.split(",").filter((word) => word !== "");
});

/** Every member of a JSON object, whatever it is. */
export const anyObject = z.record(z.string(), z.unknown());
export const object = json(anyObject);

const isoInstant = z.string().transform((text, context) => {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  context.addIssue({ code: "custom", message: "must be a date in ISO 8601" });
  return z.NEVER;
});

/** Bounds of a time as JSON. */
export const rangeObject = z.object({
  start: isoInstant.optional(),
  end: isoInstant.optional(),
  startExclusive: z.boolean().optional(),
  endExclusive: z.boolean().optional(),
});
export const range = json(rangeObject);

/** Greatest page that HTTP answers; `perPage=false` asks for it. */
export const maxPerPage = 1000;

export const perPage = fromText((text) => {
  if (text === "false") return maxPerPage;
  return /^\d{1,15}$/.test(text) ? Math.min(Number(text), maxPerPage) : undefined;
}, "must be a whole number from 0 on, or false");

export const page = { page: count.optional(), perPage: perPage.optional() };

export const orderBy = <F extends string>(...fields: [F, ...F[]]) => ({
  orderBy: json(
    z.object({
      field: z.enum(fields).optional(),
      direction: z
        .enum(["ASC", "DESC", "asc", "desc"])
        .transform((word) => word.toUpperCase() as "ASC" | "DESC")
        .optional(),
    }),
  ).optional(),
});
