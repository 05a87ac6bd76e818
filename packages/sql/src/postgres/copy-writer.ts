const signature = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** PostgreSQL counts microseconds since 2000. */
const epoch = 946_684_800_000;
/** Texts up to this length are written by hand if they are ASCII: to call into the runtime would take longer. */
const short = 40;
const twoTo32 = 2 ** 32;

/** Values in the binary format of COPY: each its length in four bytes and then itself, numbers with their high bytes first. */
export class CopyWriter {
  /** Bytes written so far. */
  length = signature.length;
  private buffer: Buffer;

  /** @param bytes - How many there will be, as far as that is known. */
  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafe(bytes);
    signature.copy(this.buffer);
  }

  /** Begins a row of so many values. */
  row(values: number): void {
    this.reserve(2);
    this.buffer[this.length++] = values >>> 8;
    this.buffer[this.length++] = values;
  }

  none(): void {
    this.size(-1, 0);
  }

  /** The value that was written at that place once more. Returns its new place. */
  again(place: number): number {
    const at = this.length;
    const head = this.buffer;
    const size = ((head[place] as number) << 24) | ((head[place + 1] as number) << 16);
    const bytes = 4 + (size | ((head[place + 2] as number) << 8) | (head[place + 3] as number));
    this.reserve(bytes);
    const { buffer } = this;
    if (bytes > short) buffer.copyWithin(at, place, place + bytes);
    else for (let i = 0; i < bytes; i++) buffer[at + i] = buffer[place + i] as number;
    this.length += bytes;
    return at;
  }

  text(value: string): void {
    const { length } = value;
    this.reserve(4 + 3 * length);
    const { buffer } = this;
    const at = this.length + 4;
    let bytes = 0;
    if (length <= short) {
      for (; bytes < length; bytes++) {
        const code = value.charCodeAt(bytes);
        if (code > 0x7f) break;
        buffer[at + bytes] = code;
      }
    }
    if (bytes < length) bytes = buffer.write(value, at);
    this.size(bytes, bytes);
    this.length += bytes;
  }

  bytes(value: Uint8Array): void {
    this.size(value.length, value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  boolean(value: boolean): void {
    this.size(1, 1);
    this.buffer[this.length++] = value ? 1 : 0;
  }

  double(value: number): void {
    this.size(8, 8);
    this.length = this.buffer.writeDoubleBE(value, this.length);
  }

  /** A safe integer. */
  bigint(value: number): void {
    this.size(8, 8);
    const high = Math.floor(value / twoTo32);
    this.word(high);
    this.word(value - high * twoTo32);
  }

  /** Milliseconds since 1970. */
  instant(value: number): void {
    const micros = (value - epoch) * 1000;
    if (Number.isSafeInteger(micros)) this.bigint(micros);
    else {
      this.size(8, 8);
      this.length = this.buffer.writeBigInt64BE((BigInt(value) - BigInt(epoch)) * 1000n, this.length);
    }
  }

  /** All that was written, with the mark of the end. */
  end(): Uint8Array {
    this.row(-1);
    return this.buffer.subarray(0, this.length);
  }

  /** The length of a value, and room for it and so many bytes. */
  private size(bytes: number, room: number): void {
    this.reserve(4 + room);
    this.word(bytes);
  }

  private word(value: number): void {
    const { buffer, length } = this;
    buffer[length] = value >>> 24;
    buffer[length + 1] = value >>> 16;
    buffer[length + 2] = value >>> 8;
    buffer[length + 3] = value;
    this.length = length + 4;
  }

  private reserve(bytes: number): void {
    const { buffer, length } = this;
    if (length + bytes <= buffer.length) return;
    this.buffer = Buffer.allocUnsafe(2 * (length + bytes));
    buffer.copy(this.buffer, 0, 0, length);
  }
}
