export interface Packed {
  /** The deflated value in base64. */
  readonly data: string;
  /** Length of the value, in bytes before compression. */
  readonly bytes: number;
  /** SHA-256 of those bytes. */
  readonly hash: string;
  /** `json`: the bytes are the value as a JSON string, since UTF-8 has no lone surrogates. */
  readonly encoding: "utf8" | "json";
}

/** Deflates a value. */
export async function pack(value: string): Promise<Packed> {
  const encoding = value.isWellFormed() ? "utf8" : "json";
  const bytes = new TextEncoder().encode(encoding === "utf8" ? value : JSON.stringify(value));
  const [deflated, hash] = await Promise.all([through(new CompressionStream("deflate"), bytes), sha256(bytes)]);
  return { data: toBase64(deflated), bytes: bytes.length, hash, encoding };
}

/** The value again; `undefined` when the data is not what was packed. */
export async function unpack(
  data: string,
  { hash, encoding }: Pick<Packed, "hash" | "encoding">,
): Promise<string | undefined> {
  try {
    const bytes = await through(new DecompressionStream("deflate"), fromBase64(data));
    if ((await sha256(bytes)) !== hash) return undefined;
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return encoding === "utf8" ? text : (JSON.parse(text) as string);
  } catch {
    return undefined;
  }
}

/** How many bytes of UTF-8 a string takes; a lone surrogate counts three. */
export function utf8Length(value: string): number {
  let bytes = value.length;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = value.charCodeAt(i + 1);
      // A pair is four bytes in all: two units, and two more.
      if (next >= 0xdc00 && next < 0xe000) i++;
    }
  }
  return bytes;
}

async function through(stream: CompressionStream | DecompressionStream, bytes: Uint8Array<ArrayBuffer>) {
  const result = new Blob([bytes]).stream().pipeThrough(stream as ReadableWritablePair<Uint8Array<ArrayBuffer>>);
  return new Uint8Array(await new Response(result).arrayBuffer());
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 0x6000) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(i, i + 0x6000))));
  }
  return parts.join("");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
