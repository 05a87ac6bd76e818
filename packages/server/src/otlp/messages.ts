/** The two messages that a receiver answers with, in protobuf. Only requests have a reader, in core. */

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
};
const number = (field: number, value: number) => (value === 0 ? [] : [field << 3, ...varint(value)]);
const block = (field: number, bytes: readonly number[]) => [(field << 3) | 2, ...varint(bytes.length), ...bytes];
const text = (field: number, value: string) => (value === "" ? [] : block(field, [...Buffer.from(value)]));

/** `ExportTraceServiceResponse`: empty when all spans were taken. */
export const traceResponse = (rejectedSpans: number, errorMessage: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(rejectedSpans === 0 ? [] : block(1, [...number(1, rejectedSpans), ...text(2, errorMessage)]));

/** `google.rpc.Status`. */
export const statusMessage = (code: number, message: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...number(1, code), ...text(2, message)]);
