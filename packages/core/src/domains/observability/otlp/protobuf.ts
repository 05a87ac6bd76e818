/**
 * The request of OTLP/protobuf as the object that OTLP/JSON has for it. Fields this release does not know are passed over.
 *
 * @throws Error when the bytes are no message.
 */
export function decodeTraceRequest(bytes: Uint8Array): object {
  return message(bytes, request, 0);
}

/** How deeply messages may nest: as in the libraries of protobuf. Beyond it later walks could exhaust the stack. */
const deepest = 100;

type Read = (reader: Reader, wire: number) => unknown;
interface Field {
  readonly name: string;
  readonly read: Read;
  readonly isList?: true;
}
type Fields = Readonly<Record<number, Field>>;

class Reader {
  readonly bytes: Uint8Array;
  at = 0;

  readonly depth: number;

  constructor(bytes: Uint8Array, depth: number) {
    this.bytes = bytes;
    this.depth = depth;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a number has too many bytes");
  }

  /** A tag or a length: nearly always a byte or two, for which a bigint would cost too much. */
  small(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    const second = this.byte();
    if (second < 0x80) return (first & 0x7f) | (second << 7);
    this.at -= 2;
    return Number(this.varint());
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError("the message ends too soon");
    return byte;
  }

  fixed32(): number {
    return this.view(4).getUint32(0, true);
  }

  fixed64(): bigint {
    return this.view(8).getBigUint64(0, true);
  }

  double(): number {
    return this.view(8).getFloat64(0, true);
  }

  private view(length: number): DataView {
    const { buffer, byteOffset } = this.take(length);
    return new DataView(buffer, byteOffset, length);
  }

  block(): Uint8Array {
    return this.take(this.small());
  }

  private take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError("the message ends too soon");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.fixed64();
    else if (wire === 2) this.block();
    else if (wire === 5) this.fixed32();
    else throw new RangeError("the message holds a field of an unknown kind");
  }
}

function message(bytes: Uint8Array, fields: Fields, depth: number): Record<string, unknown> {
  if (depth > deepest) throw new RangeError("the message nests too deeply");
  const reader = new Reader(bytes, depth);
  const result: Record<string, unknown> = {};
  while (!reader.isAtEnd) {
    const tag = reader.small();
    const field = fields[tag >>> 3];
    if (!field) {
      reader.skip(tag & 7);
      continue;
    }
    const value = field.read(reader, tag & 7);
    if (!field.isList) result[field.name] = value;
    else {
      const list = (result[field.name] ??= []) as unknown[];
      list.push(value);
    }
  }
  return result;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const text: Read = (reader) => utf8.decode(reader.block());
const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const hex: Read = (reader) => {
  let text = "";
  for (const byte of reader.block()) text += digits[byte];
  return text;
};
const base64: Read = (reader) => {
  let binary = "";
  for (const byte of reader.block()) binary += String.fromCharCode(byte);
  return btoa(binary);
};
const whole: Read = (reader) => Number(reader.varint());
const signed: Read = (reader) => BigInt.asIntN(64, reader.varint()).toString();
const truth: Read = (reader) => reader.varint() !== 0n;
const nanos: Read = (reader) => reader.fixed64().toString();
const bits: Read = (reader) => reader.fixed32();
const number: Read = (reader) => reader.double();
const nested =
  (fields: () => Fields): Read =>
  (reader) =>
    message(reader.block(), fields(), reader.depth + 1);

const one = (name: string, read: Read): Field => ({ name, read });
const many = (name: string, read: Read): Field => ({ name, read, isList: true });

const anyValue: Fields = {
  1: one("stringValue", text),
  2: one("boolValue", truth),
  3: one("intValue", signed),
  4: one("doubleValue", number),
  5: one(
    "arrayValue",
    nested(() => ({
      1: many(
        "values",
        nested(() => anyValue),
      ),
    })),
  ),
  6: one(
    "kvlistValue",
    nested(() => ({
      1: many(
        "values",
        nested(() => keyValue),
      ),
    })),
  ),
  7: one("bytesValue", base64),
};
const keyValue: Fields = {
  1: one("key", text),
  2: one(
    "value",
    nested(() => anyValue),
  ),
};
const attributes = many(
  "attributes",
  nested(() => keyValue),
);

const event: Fields = {
  1: one("timeUnixNano", nanos),
  2: one("name", text),
  3: attributes,
  4: one("droppedAttributesCount", whole),
};
const link: Fields = {
  1: one("traceId", hex),
  2: one("spanId", hex),
  3: one("traceState", text),
  4: attributes,
  5: one("droppedAttributesCount", whole),
  6: one("flags", bits),
};
const status: Fields = { 2: one("message", text), 3: one("code", whole) };
const span: Fields = {
  1: one("traceId", hex),
  2: one("spanId", hex),
  3: one("traceState", text),
  4: one("parentSpanId", hex),
  5: one("name", text),
  6: one("kind", whole),
  7: one("startTimeUnixNano", nanos),
  8: one("endTimeUnixNano", nanos),
  9: attributes,
  10: one("droppedAttributesCount", whole),
  11: many(
    "events",
    nested(() => event),
  ),
  12: one("droppedEventsCount", whole),
  13: many(
    "links",
    nested(() => link),
  ),
  14: one("droppedLinksCount", whole),
  15: one(
    "status",
    nested(() => status),
  ),
  16: one("flags", bits),
};
const resource: Fields = { 1: attributes, 2: one("droppedAttributesCount", whole) };
const scope: Fields = {
  1: one("name", text),
  2: one("version", text),
  3: attributes,
  4: one("droppedAttributesCount", whole),
};
const scopeSpans: Fields = {
  1: one(
    "scope",
    nested(() => scope),
  ),
  2: many(
    "spans",
    nested(() => span),
  ),
  3: one("schemaUrl", text),
};
const resourceSpans: Fields = {
  1: one(
    "resource",
    nested(() => resource),
  ),
  2: many(
    "scopeSpans",
    nested(() => scopeSpans),
  ),
  3: one("schemaUrl", text),
};
const request: Fields = {
  1: many(
    "resourceSpans",
    nested(() => resourceSpans),
  ),
};
