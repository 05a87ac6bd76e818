import { describe, expect, test } from "vitest";
import { bigint, boolean, integer, text } from "./column.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Find } from "./operations.ts";
import { defineTable } from "./table.ts";

const table = defineTable(
  "t",
  { id: text(), owner: text(), size: bigint(), n: integer(), flag: boolean() },
  {
    key: ["id"],
    paths: { bySize: { eq: ["owner"], sort: ["size", "n", "flag"] }, byNumber: { eq: ["owner"], sort: ["n"] } },
  },
);
const op: Find = { op: "find", table: table as never, path: "bySize", eq: { owner: "o" } };
const row = { id: "😀\"'", owner: "o", size: -(2n ** 80n), n: -5, flag: false };

describe("a cursor", () => {
  test("gives back the values of the path's order, each of its kind", () => {
    const cursor = encodeCursor(op, row);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor({ ...op, cursor })).toEqual([-(2n ** 80n), -5, false, "😀\"'"]);
  });

  test("belongs to a walk of one shape, however that is written", () => {
    const cursor = encodeCursor({ ...op, direction: "asc" }, row);
    expect(decodeCursor({ ...op, limit: 5, offset: 2, columns: ["id"], cursor })).toHaveLength(4);
    for (const change of [{ direction: "desc" as const }, { eq: { owner: "p" } }, { eq: { owner: ["o"] } }]) {
      expect(() => decodeCursor({ ...op, ...change, cursor })).toThrow(/belongs to another query/);
    }
  });

  test("whose values are not what the columns hold is refused", () => {
    const real = encodeCursor(op, row);
    const [format, shape, values] = JSON.parse(Buffer.from(real, "base64url").toString()) as [
      number,
      string,
      unknown[],
    ];
    const forge = (content: unknown) => Buffer.from(JSON.stringify(content)).toString("base64url");
    const [size, n, flag, id] = values;
    const forged = [
      [format, shape, [{ i: "no number" }, n, flag, id]],
      [format, shape, [{}, n, flag, id]],
      [format, shape, [5, n, flag, id]],
      [format, shape, [size, "5", flag, id]],
      [format, shape, [size, n, 0, id]],
      [format, shape, [size, n, flag, null]],
      [format, shape, [size, n, flag, { $gt: "" }]],
      [format, shape, [size, n, flag]],
      [format, shape, {}],
      [2, shape, values],
    ];
    for (const content of forged) {
      expect(() => decodeCursor({ ...op, cursor: forge(content) }), JSON.stringify(content)).toThrow(
        expect.objectContaining({ code: "invalid_argument", statusWord: "INVALID_CURSOR" }),
      );
    }
    expect(decodeCursor({ ...op, cursor: forge([format, shape, values]) })).toHaveLength(4);
  });
});
