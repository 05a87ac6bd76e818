import { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { badRequest, HttpError } from "./errors.ts";

export interface BodyLimits {
  /** Bytes of a body, before and after decompression. */
  bytes: number;
  /** Nesting of JSON. */
  depth: number;
  /** Members of one JSON array. */
  items: number;
}

const inflaters = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

const tooLarge = (bytes: number) => new HttpError(413, `the body is larger than ${bytes} bytes`, { code: "too_large" });

/** The bytes of a request as they are read, inflated and counted; neither side of the inflation may pass the limit. */
export async function* bodyChunks(request: Request, limit: number): AsyncGenerator<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limit) throw tooLarge(limit);
  if (!request.body) return;
  const encoding = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  const raw = counted(request.body as unknown as AsyncIterable<Uint8Array>, limit);
  if (encoding === "identity" || encoding === "") {
    yield* raw;
    return;
  }
  const inflate = inflaters[encoding as keyof typeof inflaters];
  if (!inflate) {
    throw new HttpError(415, "the content encoding is not supported", {
      code: "unsupported_media_type",
      headers: { "Accept-Encoding": "gzip, deflate, br" },
    });
  }
  const source = Readable.from(raw);
  const inflated = inflate();
  // `pipe` does not carry errors over.
  source.on("error", (error) => inflated.destroy(error));
  try {
    yield* counted(source.pipe(inflated) as AsyncIterable<Uint8Array>, limit);
  } catch (error) {
    throw error instanceof HttpError ? error : badRequest("the body cannot be decompressed");
  } finally {
    source.destroy();
    inflated.destroy();
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw tooLarge(limit);
    yield chunk;
  }
}

export async function readBytes(request: Request, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyChunks(request, limit)) chunks.push(chunk);
  return chunks.length === 1 ? Buffer.from(chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

/**
 * The body as JSON; `undefined` without one.
 *
 * @throws HttpError 400 for what is no JSON or nests too deeply, 413 for what is too large, 415 for another type.
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  const bytes = await readBytes(request, limits.bytes);
  if (bytes.length === 0) return undefined;
  const type = (request.headers.get("content-type") ?? "application/json").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json" && !type?.endsWith("+json")) {
    throw new HttpError(415, "the body must be application/json", { code: "unsupported_media_type" });
  }
  return parseJson(bytes.toString("utf8"), limits);
}

export function parseJson(text: string, limits: Pick<BodyLimits, "depth" | "items">): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest("the body is not JSON");
  }
  checkShape(value, limits);
  return value;
}

function checkShape(root: unknown, { depth, items }: Pick<BodyLimits, "depth" | "items">): void {
  let level = [root];
  for (let at = 0; level.length > 0; at++) {
    if (at > depth) throw badRequest(`the body nests deeper than ${depth} levels`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      if (Array.isArray(value) && value.length > items) throw badRequest(`an array has more than ${items} members`);
      for (const member of Object.values(value)) if (typeof member === "object" && member !== null) next.push(member);
    }
    level = next;
  }
}
