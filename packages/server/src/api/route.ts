import { z } from "@hono/zod-openapi";
import type { MastraCompositeStore, StowageDomains } from "@stowage/core";
import type { Action, Principal } from "../access/principal.ts";
import type { BudgetKind } from "../access/rate-limit.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** What a handler gets: the request, checked, and the storage of the caller's tenant. */
export interface Call<Params = Record<string, string>, Query = Record<string, unknown>, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly principal: Principal;
  readonly request: Request;
  readonly requestId: string;
  /** Whether the caller only wants to know what would happen. */
  readonly isDryRun: boolean;
  readonly storage: MastraCompositeStore;
  /** The store of a domain. @throws HttpError 501 when the storage has none for it. */
  store<K extends keyof StowageDomains>(key: K): Promise<StowageDomains[K]>;
  /** Sets a header of the answer. */
  header(name: string, value: string): void;
}

/**
 * A route: what it is called, what it takes and gives, who may call it, and what it does. The same declaration routes,
 * validates and documents.
 */
export interface Route {
  readonly method: Method;
  /** Below the prefix, with `{name}` for parameters. */
  readonly path: string;
  /** Area of the scope and heading in the document. */
  readonly area: string;
  /** Default: by the method. A `POST` that only reads says so. */
  readonly action: Action;
  readonly summary: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  readonly answer: z.ZodType;
  /** Whether the handler keeps to the principal's resources. Where it does not, only who may see all is let in. */
  readonly isBound: boolean;
  readonly budget: BudgetKind;
  /** Whether unknown parameters are refused, as on Stowage's own routes. */
  readonly isStrict: boolean;
  /** Reads the body itself. */
  readonly readsBody: boolean;
  /** Bytes of a body; default: the server's limit for JSON. */
  readonly maxBytes: "json" | "import";
  /** Whether `Prefer: dry-run` is honoured: the handler then writes nothing. Elsewhere it is refused. */
  readonly hasDryRun: boolean;
  /**
   * Members of body and query that name something new, which paths will then hold. The official client does not encode them,
   * so what cannot travel as it is is refused, unless the server is told otherwise.
   */
  readonly newIds: readonly string[];
  /** Whether another server with a runtime may answer in this one's place. */
  readonly isUpstreams: boolean;
  run(call: Call): Promise<unknown>;
}

type Shape = Readonly<Record<string, z.ZodType>>;
type Out<S extends Shape> = z.output<z.ZodObject<S>>;

interface Declaration<P extends string, Q extends Shape, B extends z.ZodType> {
  area: string;
  summary: string;
  action?: Action;
  query?: Q;
  body?: B;
  answer?: z.ZodType;
  isBound?: boolean;
  budget?: BudgetKind;
  /** Every route of Stowage's own is strict; this says so where it is declared. */
  isStrict?: true;
  readsBody?: boolean;
  maxBytes?: Route["maxBytes"];
  hasDryRun?: boolean;
  newIds?: readonly string[];
  isUpstreams?: boolean;
  run(call: Call<Record<ParamsOf<P>, string>, Out<Q>, z.output<B>>): Promise<unknown>;
}

type ParamsOf<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamsOf<Rest> : never;

const actions: Record<Method, Action> = { get: "read", post: "write", put: "write", patch: "write", delete: "delete" };

/** Ids are opaque; only their length is bounded. */
const idText = z.string().min(1).max(1024);

/** Declares a route: `route("get /memory/threads/{threadId}", { … })`. */
export function route<
  const L extends `${Method} /${string}`,
  const Q extends Shape = Record<never, never>,
  B extends z.ZodType = z.ZodUndefined,
>(line: L, declaration: Declaration<L, Q, B>): Route {
  const [method, path] = line.split(" ") as [Method, string];
  const { query = {}, action = actions[method], answer = z.looseObject({}) } = declaration;
  const isStrict = path.startsWith("/stowage/");
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  return Object.freeze({
    method,
    path,
    area: declaration.area,
    action,
    summary: declaration.summary,
    params: z.object(Object.fromEntries(names.map((name) => [name, idText]))),
    query: isStrict ? z.strictObject(query) : z.object(query),
    body: declaration.body,
    answer,
    isBound: declaration.isBound ?? false,
    budget: declaration.budget ?? (action === "read" ? "read" : "write"),
    isStrict,
    readsBody: declaration.readsBody ?? false,
    maxBytes: declaration.maxBytes ?? "json",
    hasDryRun: declaration.hasDryRun ?? false,
    newIds: declaration.newIds ?? [],
    isUpstreams: declaration.isUpstreams ?? false,
    run: declaration.run as unknown as Route["run"],
  });
}

/** An id that a caller gives to something new. */
export const newId = z.string().min(1).max(512);
