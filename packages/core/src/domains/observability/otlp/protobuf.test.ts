import { expect, test } from "vitest";
import { decodeTraceRequest } from "./protobuf.ts";

const bytes = (...parts: (number | readonly number[])[]) => parts.flat();
const varint = (value: bigint): number[] => {
  const found: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) found.push(Number(rest & 0x7fn) | 0x80);
  return [...found, Number(rest)];
};
const tag = (field: number, wire: number) => varint(BigInt((field << 3) | wire));
const block = (field: number, content: readonly number[]) =>
  bytes(tag(field, 2), varint(BigInt(content.length)), content);
const text = (field: number, value: string) => block(field, [...new TextEncoder().encode(value)]);
const number = (field: number, value: bigint) => bytes(tag(field, 0), varint(value));
const fixed = (field: number, size: 4 | 8, write: (view: DataView) => void) => {
  const view = new DataView(new ArrayBuffer(size));
  write(view);
  return bytes(tag(field, size === 8 ? 1 : 5), [...new Uint8Array(view.buffer)]);
};
const nanos = (field: number, value: bigint) => fixed(field, 8, (view) => view.setBigUint64(0, value, true));
const attribute = (field: number, key: string, value: number[]) => block(field, bytes(text(1, key), block(2, value)));
const id = (field: number, length: number, last: number) => block(field, [...Array(length - 1).fill(0), last]);

const span = bytes(
  id(1, 16, 0xab),
  id(2, 8, 0xcd),
  text(3, "a=b"),
  text(5, "nämé"),
  number(6, 3n),
  nanos(7, 2n ** 64n - 1n),
  nanos(8, 7n),
  attribute(9, "int", number(3, -5n)),
  attribute(9, "big", number(3, 2n ** 63n - 1n)),
  attribute(
    9,
    "double",
    fixed(4, 8, (view) => view.setFloat64(0, 0.1, true)),
  ),
  attribute(9, "flag", number(2, 1n)),
  attribute(9, "bytes", block(7, [1, 255])),
  attribute(9, "list", block(5, bytes(block(1, text(1, "x")), block(1, [])))),
  attribute(9, "map", block(6, attribute(1, "k", text(1, "v")))),
  number(10, 4n),
  block(11, bytes(nanos(1, 9n), text(2, "event"))),
  block(
    13,
    bytes(
      id(1, 16, 1),
      id(2, 8, 2),
      fixed(6, 4, (view) => view.setUint32(0, 0x80000001, true)),
    ),
  ),
  block(15, bytes(text(2, "bad"), number(3, 2n))),
  fixed(16, 4, (view) => view.setUint32(0, 0x301, true)),
  // Fields of a later version.
  number(90, 5n),
  nanos(91, 5n),
  text(92, "new"),
  fixed(93, 4, () => {}),
);
const request = block(
  1,
  bytes(
    block(1, attribute(1, "service.name", text(1, "shop"))),
    block(2, bytes(block(1, text(1, "lib")), block(2, span))),
    text(3, "url"),
  ),
);

test("a request as protobuf is the request as JSON", () => {
  expect(decodeTraceRequest(new Uint8Array(request))).toEqual({
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
        scopeSpans: [
          {
            scope: { name: "lib" },
            spans: [
              {
                traceId: `${"0".repeat(30)}ab`,
                spanId: `${"0".repeat(14)}cd`,
                traceState: "a=b",
                name: "nämé",
                kind: 3,
                startTimeUnixNano: "18446744073709551615",
                endTimeUnixNano: "7",
                attributes: [
                  { key: "int", value: { intValue: "-5" } },
                  { key: "big", value: { intValue: "9223372036854775807" } },
                  { key: "double", value: { doubleValue: 0.1 } },
                  { key: "flag", value: { boolValue: true } },
                  { key: "bytes", value: { bytesValue: "Af8=" } },
                  { key: "list", value: { arrayValue: { values: [{ stringValue: "x" }, {}] } } },
                  { key: "map", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } },
                ],
                droppedAttributesCount: 4,
                events: [{ timeUnixNano: "9", name: "event" }],
                links: [{ traceId: `${"0".repeat(31)}1`, spanId: `${"0".repeat(15)}2`, flags: 0x80000001 }],
                status: { message: "bad", code: 2 },
                flags: 0x301,
              },
            ],
          },
        ],
        schemaUrl: "url",
      },
    ],
  });
});

test("bytes that are cut short are refused wherever the cut is", () => {
  for (let length = 1; length < request.length; length++) {
    expect(() => decodeTraceRequest(new Uint8Array(request.slice(0, length)))).toThrow(RangeError);
  }
});

test("values that nest beyond reason are refused, however few bytes they take", () => {
  const varint = (size: number): number[] => (size < 0x80 ? [size] : [(size & 0x7f) | 0x80, ...varint(size >> 7)]);
  const block = (field: number, bytes: number[]) => [(field << 3) | 2, ...varint(bytes.length), ...bytes];
  let value = block(1, [0x78]);
  for (let depth = 0; depth < 60; depth++) value = block(5, block(1, value));
  const bytes = block(1, block(2, block(2, block(9, block(2, value)))));
  expect(() => decodeTraceRequest(Uint8Array.from(bytes))).toThrow(/nests too deeply/);
});
