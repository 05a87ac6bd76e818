import { StorageError } from "@stowage/core/engine";
import type { Statement } from "@stowage/sql";
import { textOf } from "./literals.ts";
import type { SessionFacts } from "./sessions.ts";

/** Statements that travel together. */
export interface Packet {
  readonly text: string;
  readonly count: number;
}

/**
 * Puts statements into as few requests as the session takes.
 *
 * @throws StorageError `too_large` when one statement is more than a request may be.
 */
export function packetsOf(statements: readonly Statement[], { takesSeveral, longestRequest }: SessionFacts): Packet[] {
  const packets: { text: string; count: number }[] = [];
  let size = 0;
  for (const statement of statements) {
    const text = textOf(statement);
    const length = sizeOf(text, longestRequest);
    if (length > longestRequest) {
      throw new StorageError("a statement is larger than the server's max_allowed_packet", {
        code: "too_large",
        details: { limit: longestRequest },
      });
    }
    const last = packets[packets.length - 1];
    if (last && takesSeveral && size + length + 1 <= longestRequest) {
      last.text += `;${text}`;
      last.count++;
      size += length + 1;
    } else {
      packets.push({ text, count: 1 });
      size = length;
    }
  }
  return packets;
}

/** An upper bound of the bytes where that is enough to know. */
const sizeOf = (text: string, limit: number) =>
  text.length * 3 < limit / 8 ? text.length * 3 : Buffer.byteLength(text, "utf8");
