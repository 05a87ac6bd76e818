import { describe, expect, test } from "vitest";
import { canonicalJson, decodeJson, encodeJson, jsonEqual, toPlainJson } from "./json.ts";

class Temperature {
  readonly degrees = 21;
}

describe("encodeJson", () => {
  test("FD-065: gives any text back as it was, without touching what is encoded", () => {
    const texts = ["\0", "\\u0000", "\ud800", "\\d+\\u{1F600}", "\u2028", '"', "\\", "</script>", "\\\\u0000", "😀"];
    for (const value of [...texts, Object.fromEntries(texts.map((text) => [text, text])), [[texts]]]) {
      expect(decodeJson(encodeJson(value) as string)).toEqual(value);
    }
  });

  test("is well-formed UTF-8 whatever it holds", () => {
    expect(encodeJson({ "\udfff": "\ud800" })?.isWellFormed()).toBe(true);
  });

  test("says what JSON can say of every value, and never refuses", () => {
    const cases: [unknown, string | undefined][] = [
      [undefined, undefined],
      [() => 1, undefined],
      [Symbol("s"), undefined],
      [null, "null"],
      [Number.NaN, "null"],
      [Number.POSITIVE_INFINITY, "null"],
      [new Date(Number.NaN), "null"],
      [new Date(0), '"1970-01-01T00:00:00.000Z"'],
      [2n ** 64n, '"18446744073709551616"'],
      [{ a: undefined, b: () => 1, c: 1n }, '{"c":"1"}'],
      [[undefined, () => 1, Symbol("s"), 1n], '[null,null,null,"1"]'],
      [new Temperature(), '{"degrees":21}'],
      [new Map([[1, 2]]), "{}"],
      [{ toJSON: () => ({ replaced: 1n }) }, '{"replaced":"1"}'],
      [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
      [[new String("s"), new Number(1), new Boolean(false), 1n], '["s",1,false,"1"]'],
      [JSON.parse('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}'],
      // biome-ignore lint/suspicious/noSparseArray: holes are what is tested
      [[, 1], "[null,1]"],
    ];
    for (const [value, expected] of cases) expect(encodeJson(value)).toBe(expected);
  });

  test("turns what throws into null, and keeps the rest", () => {
    const value = {
      before: 1,
      get broken() {
        throw new Error("no");
      },
      nested: [
        {
          toJSON() {
            throw new Error("no");
          },
        },
        2,
      ],
    };
    expect(encodeJson(value)).toBe('{"before":1,"broken":null,"nested":[null,2]}');
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(encodeJson({ proxy: revoked.proxy, after: 1 })).toMatch(/"after":1/);
  });

  test("marks a cycle, and writes what is only shared twice", () => {
    const cycle: Record<string, unknown> = { name: "c" };
    cycle.self = cycle;
    cycle.list = [cycle];
    expect(encodeJson(cycle)).toBe('{"name":"c","self":"[Circular]","list":["[Circular]"]}');
    const shared = { x: 1 };
    expect(encodeJson([shared, shared, 1n])).toBe('[{"x":1},{"x":1},"1"]');
    expect(encodeJson([cycle], [cycle])).toBe('["[Circular]"]');
  });

  test("keeps what an error says", () => {
    const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { code: "E_CODE" });
    expect(toPlainJson(error)).toMatchObject({
      name: "TypeError",
      message: "outer",
      code: "E_CODE",
      stack: expect.any(String),
      cause: { name: "Error", message: "inner" },
    });
  });

  test("takes any depth", () => {
    let deep: unknown = 1n;
    for (let i = 0; i < 100_000; i++) deep = i % 2 ? [deep] : { a: deep };
    expect(encodeJson(deep)).toHaveLength(3 + 50_000 * 2 + 50_000 * 6);
  });

  test("encodes the same on the fast way and on the careful one", () => {
    const value = { b: [1, "x", null, { c: true }], a: { "": [] }, at: new Date(5) };
    const careful = JSON.parse((encodeJson({ value, slow: 1n }) as string).replace(',"slow":"1"', ""));
    expect(JSON.parse(encodeJson({ value }) as string)).toEqual(careful);
    expect(encodeJson(value)).toBe(JSON.stringify(value));
  });
});

describe("jsonEqual", () => {
  test("looks at content, and not at the order of members", () => {
    expect(jsonEqual({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true);
    const different: [unknown, unknown][] = [
      [1, "1"],
      [null, undefined],
      [[], {}],
      [
        [1, 2],
        [2, 1],
      ],
      [{ a: 1 }, { a: 1, b: 1 }],
      [{ a: undefined }, { b: undefined }],
      [JSON.parse('{"__proto__":1}'), {}],
      [{ toString: 1 }, { valueOf: 1 }],
    ];
    for (const [a, b] of different) expect([jsonEqual(a, b), jsonEqual(b, a)]).toEqual([false, false]);
  });
});

describe("canonicalJson", () => {
  test("gives equal values equal texts", () => {
    expect(canonicalJson({ b: 1, a: { d: [1, { z: 1, y: 2 }], c: 2 } })).toBe(
      '{"a":{"c":2,"d":[1,{"y":2,"z":1}]},"b":1}',
    );
    expect(canonicalJson(JSON.parse('{"__proto__":1,"a":2}'))).toBe(canonicalJson(JSON.parse('{"a":2,"__proto__":1}')));
    expect(canonicalJson({ a: undefined })).toBe("{}");
    expect(canonicalJson(undefined)).toBe("null");
  });
});
