/** A program in Lua that the server runs as one step, known to it by the hash of its text. */
export class Script {
  readonly source: string;
  private hash: Promise<string> | undefined;

  constructor(source: string) {
    this.source = source;
  }

  /** SHA-1 of the text, as `EVALSHA` wants it. */
  get sha(): Promise<string> {
    this.hash ??= globalThis.crypto.subtle
      .digest("SHA-1", new TextEncoder().encode(this.source))
      .then((digest) => Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""));
    return this.hash;
  }
}
