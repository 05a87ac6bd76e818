/** Node's own functions, which do not wait; `undefined` in a runtime without them: there pieces are written as they are. */
const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");

/** Shorter texts, and those that shrink by less than a quarter, are kept as they are. */
const shortest = 1024;
const leastGain = 0.25;
/** The usual level: of some KB of text the fastest one makes a twentieth more, in the same time. */
const level = 6;

/** What stands in a record of pieces: the JSON of the list of texts, or that deflated, in base64. */
export interface StoredPieces {
  readonly pieces: string | null;
  readonly deflated: string | null;
}

/** The pieces, as small as they get without much ado. */
export function encodePieces(pieces: readonly string[]): StoredPieces {
  // JSON escapes halves of pairs, so that this is well-formed wherever a text was cut.
  const plain = JSON.stringify(pieces);
  if (!zlib || plain.length < shortest) return { pieces: plain, deflated: null };
  const deflated = zlib.deflateRawSync(plain, { level }).toString("base64");
  return deflated.length <= plain.length * (1 - leastGain)
    ? { pieces: null, deflated }
    : { pieces: plain, deflated: null };
}

/** The pieces again, in every runtime. @throws Error when they are not what {@link encodePieces} made. */
export async function decodePieces({ pieces, deflated }: StoredPieces): Promise<string[]> {
  return JSON.parse(pieces ?? (await inflate(deflated ?? ""))) as string[];
}

async function inflate(data: string): Promise<string> {
  if (zlib) return zlib.inflateRawSync(Buffer.from(data, "base64")).toString();
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream();
  const inflater = new DecompressionStream("deflate-raw") as ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>;
  return new Response(stream.pipeThrough(inflater)).text();
}
