import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DatasetSchemaPatternError } from "../errors.ts";
import { validatorOf } from "./validator.ts";

const issues = async (schema: unknown, value: unknown) => (await validatorOf(JSON.stringify(schema)))(value);
const attempt = async <Result>(task: () => Result) => {
  try {
    return await task();
  } catch {
    return undefined;
  }
};
const holds = async (schema: unknown, value: unknown) => (await issues(schema, value)).length === 0;

describe("findings", () => {
  test("a finding has a JSON pointer, the keyword and a text", async () => {
    const schema = {
      type: "object",
      properties: { "a/b": { type: "string" }, list: { items: { minimum: 2 } } },
      required: ["name"],
      additionalProperties: false,
    };
    expect(await issues(schema, { "a/b": 1, list: [3, 1], extra: true })).toEqual([
      { path: "/name", code: "required", message: "is required" },
      { path: "/a~1b", code: "type", message: "must be string, not number" },
      { path: "/list/1", code: "minimum", message: "must be >= 2" },
      { path: "/extra", code: "additionalProperties", message: "is not allowed" },
    ]);
    expect((await issues(schema, "text"))[0]).toMatchObject({ path: "/", code: "type" });
  });

  test("there are at most five", async () => {
    expect(await issues({ items: { type: "string" } }, Array(100).fill(0))).toHaveLength(5);
  });

  test("names of Object's own members are names like any other", async () => {
    const closed = { properties: { a: {} }, patternProperties: { "^x": {} }, additionalProperties: false };
    expect(await holds(closed, { constructor: 1 })).toBe(false);
    expect(await holds({ required: ["toString"] }, {})).toBe(false);
    expect(await holds({ properties: { hasOwnProperty: { type: "number" } } }, { hasOwnProperty: "x" })).toBe(false);
    expect(
      await holds(JSON.parse('{"properties":{"__proto__":{"type":"number"}}}'), JSON.parse('{"__proto__":"x"}')),
    ).toBe(false);
    expect(await holds({ format: "constructor" }, "x")).toBe(true);
  });

  test("a schema that refers to itself forever is an answer, not a hang", async () => {
    expect(await issues({ $ref: "#" }, 1)).toMatchObject([{ path: "/", code: "complexity" }]);
    const doubling = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `d${i}`,
        { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    );
    const schema = { $defs: { ...doubling, d40: {} }, $ref: "#/$defs/d0" };
    expect(await issues(schema, 1)).toMatchObject([{ code: "complexity" }]);
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    expect(await issues({ items: { $ref: "#" } }, deep)).toMatchObject([{ code: "complexity" }]);
  });
});

describe("patterns", () => {
  test.each(["(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "a{1001}", "[", "(?i:a)"])(
    "%s is refused",
    async (pattern) => {
      const failure = await validatorOf(JSON.stringify({ pattern })).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DatasetSchemaPatternError);
      expect(failure).toMatchObject({ id: "DATASET_SCHEMA_PATTERN_UNSUPPORTED", pattern });
      await expect(validatorOf(JSON.stringify({ patternProperties: { [pattern]: {} } }))).rejects.toMatchObject({
        pattern,
      });
    },
  );

  test("a pattern that makes a backtracking engine hang is answered", async () => {
    expect(await holds({ pattern: "^(a+)+$" }, `${"a".repeat(20_000)}b`)).toBe(false);
    expect(await holds({ pattern: "^(a|a)*$" }, `${"a".repeat(20_000)}b`)).toBe(false);
  });

  test.each([
    "^a.c$",
    "\\s+",
    "^\\S+$",
    "[\\s\\d]",
    "[^\\s]",
    "[\\S]",
    "\\bword\\b",
    "^\\u00e9$",
    "\\u{1F600}",
    "\\ud83d\\ude00",
    "[]",
    "[^]",
    "\\cJ",
    "\\/",
    "\\x41",
    "\\0",
    "[\\b]",
    "\\p{L}+",
    "\\p{Letter}",
    "\\p{Script=Greek}",
    "\\P{Lu}",
    "(?<year>\\d{4})-\\d\\d",
    "[a&&b]",
    "[[a]",
    "a{2,3}",
    "^.$",
    "[\\w.-]+",
    "$^",
    "\\d+?",
    "[^\\]]",
  ])("%s means what it means in ECMAScript", async (pattern) => {
    const native = new RegExp(pattern, "u");
    const validator = await validatorOf(JSON.stringify({ pattern }));
    const samples = [
      "",
      "a",
      "abc",
      "a\nc",
      "a\u2028c",
      "A",
      "Ω",
      "é",
      "\u00a0",
      "\ufeff",
      "\u180e",
      "😀",
      "\n",
      "\0",
      "\b",
      "word",
      "a word.",
      "sword",
      "2024-01",
      "&",
      "[",
      "]",
      "b",
      "aa",
      "aaaa",
      "x-y.z",
      "/",
      "&&",
      "1",
      "~",
    ];
    for (const sample of samples)
      expect([sample, validator(sample).length === 0]).toEqual([sample, native.test(sample)]);
  });

  test("patterns of the older, laxer syntax are accepted", async () => {
    expect(await holds({ pattern: "^[\\w\\-]+\\@x$" }, "a-b@x")).toBe(true);
    expect(await holds({ pattern: "^a{$" }, "a{")).toBe(true);
  });
});

describe("dialects", () => {
  test("draft 4: exclusive limits are flags, a reference stands alone", async () => {
    const $schema = "http://json-schema.org/draft-04/schema#";
    expect(await holds({ $schema, minimum: 1, exclusiveMinimum: true }, 1)).toBe(false);
    expect(await holds({ $schema, minimum: 1, exclusiveMinimum: true }, 2)).toBe(true);
    expect(
      await holds({ $schema, definitions: { a: { id: "#x", type: "string" } }, $ref: "#x", type: "number" }, "s"),
    ).toBe(true);
  });

  test("draft 7: an array of items with the rest, dependencies", async () => {
    const $schema = "http://json-schema.org/draft-07/schema#";
    const tuple = { $schema, items: [{ type: "string" }], additionalItems: { type: "number" } };
    expect(await holds(tuple, ["a", 1])).toBe(true);
    expect(await holds(tuple, ["a", "b"])).toBe(false);
    const dependent = { $schema, dependencies: { a: ["b"], c: { required: ["d"] } } };
    expect(await holds(dependent, { a: 1 })).toBe(false);
    expect(await holds(dependent, { c: 1 })).toBe(false);
    expect(await holds(dependent, { a: 1, b: 1, c: 1, d: 1 })).toBe(true);
  });

  test("references reach ids, anchors and pointers inside, and nothing outside", async () => {
    const schema = {
      $id: "https://example.com/root",
      $defs: {
        sub: { $id: "sub", $defs: { inner: { $anchor: "here", type: "string" } }, type: "number" },
        "a/b%": { type: "boolean" },
      },
      properties: {
        byId: { $ref: "sub" },
        byAnchor: { $ref: "sub#here" },
        byPointer: { $ref: "#/$defs/a~1b%25" },
        absolute: { $ref: "https://example.com/sub" },
      },
    };
    expect(await holds(schema, { byId: 1, byAnchor: "s", byPointer: true, absolute: 2 })).toBe(true);
    for (const wrong of [{ byId: "s" }, { byAnchor: 1 }, { byPointer: 1 }, { absolute: "s" }]) {
      expect(await holds(schema, wrong)).toBe(false);
    }
    for (const $ref of ["https://example.com/else", "#/nowhere", "#nowhere", "file:///etc/passwd"]) {
      await expect(validatorOf(JSON.stringify({ $ref }))).rejects.toMatchObject({ id: "DATASET_SCHEMA_INVALID" });
    }
  });

  test("unevaluated properties and items, through references and branches", async () => {
    const schema = {
      allOf: [{ properties: { a: {} } }],
      anyOf: [{ properties: { b: { type: "string" } }, required: ["b"] }, { properties: { c: {} } }],
      properties: { nested: { $ref: "#/$defs/closed" } },
      $defs: { closed: { properties: { x: {} }, unevaluatedProperties: false } },
      unevaluatedProperties: false,
    };
    expect(await holds(schema, { a: 1, b: "s", c: 1, nested: { x: 1 } })).toBe(true);
    expect(await holds(schema, { b: 1 })).toBe(false);
    expect(await holds(schema, { d: 1 })).toBe(false);
    expect(await holds(schema, { nested: { y: 1 } })).toBe(false);
    const list = { prefixItems: [{}], contains: { type: "string" }, unevaluatedItems: false };
    expect(await holds(list, [1, "s"])).toBe(true);
    expect(await holds(list, [1, "s", 2])).toBe(false);
  });

  // Ajv, which the property below compares with, leaves 2020-12 in several of these.
  test("contains, and how often", async () => {
    expect(await holds({ contains: false }, [])).toBe(false);
    expect(await holds({ contains: { type: "string" } }, [1, 2])).toBe(false);
    expect(await holds({ contains: { type: "string" } }, [1, "s"])).toBe(true);
    expect(await holds({ contains: { type: "string" }, minContains: 0 }, [])).toBe(true);
    expect(await holds({ contains: { type: "string" }, minContains: 2 }, ["s"])).toBe(false);
    expect(await holds({ contains: { type: "string" }, maxContains: 1 }, ["s", "t"])).toBe(false);
    expect(await holds({ contains: true, unevaluatedItems: false }, [null])).toBe(true);
  });
});

test.each([
  { type: "objekt" },
  { type: [] },
  { required: "a" },
  { properties: [] },
  { enum: 1 },
  { minLength: -1 },
  { multipleOf: 0 },
  { allOf: [] },
  { allOf: {} },
  { items: 3 },
  { pattern: 1 },
  { $ref: 1 },
  { minimum: "1" },
  { $defs: 1, $ref: "#/$defs/x" },
])("%j is no schema", async (schema) => {
  await expect(validatorOf(JSON.stringify(schema))).rejects.toMatchObject({
    id: "DATASET_SCHEMA_INVALID",
    details: { status: 400 },
  });
});

test("multiples are exact in decimal notation", async () => {
  expect(await holds({ multipleOf: 0.1 }, 0.3)).toBe(true);
  expect(await holds({ multipleOf: 0.01 }, 4.35)).toBe(true);
  expect(await holds({ multipleOf: 0.01 }, 4.355)).toBe(false);
  expect(await holds({ multipleOf: 1e-7 }, 1e21)).toBe(true);
});

test.each<[format: string, right: string[], wrong: string[]]>([
  [
    "date-time",
    ["2024-02-29T12:00:00Z", "2024-01-01t00:00:00.123+05:30", "1990-12-31T23:59:60Z"],
    ["2023-02-29T12:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T12:00:00", "2024-01-01 12:00:00Z"],
  ],
  ["date", ["2024-02-29"], ["2023-02-29", "2024-13-01", "24-01-01"]],
  ["time", ["12:00:00Z"], ["12:00", "25:00:00Z"]],
  ["duration", ["P3D", "PT5M", "P1Y2M10DT2H30M", "P2W"], ["P", "PT", "3D"]],
  [
    "email",
    ["a.b+c@example.com"],
    ["@example.com", "a@", "a..b@example.com", "a b@example.com", `${"a".repeat(65)}@x.y`],
  ],
  ["hostname", ["example.com", "a-b"], ["-a", "a-", "a..b", "a_b"]],
  ["ipv4", ["127.0.0.1"], ["256.0.0.1", "1.2.3", "01.2.3.4"]],
  [
    "ipv6",
    ["::1", "2001:db8::8a2e:370:7334", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"],
    ["1:2:3", ":::", "12345::", "1::2::3"],
  ],
  ["uri", ["https://a.b/c?d#e", "urn:isbn:1"], ["/a", "a b:c", "http://%zz"]],
  ["uri-reference", ["/a", "#x"], ["a b", "\\x"]],
  ["uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000"]],
  ["json-pointer", ["", "/a/~0~1"], ["a", "/~2"]],
  ["regex", ["a+"], ["("]],
])("format %s", async (format, right, wrong) => {
  for (const value of right) expect([value, await holds({ format }, value)]).toEqual([value, true]);
  for (const value of wrong) expect([value, await holds({ format }, value)]).toEqual([value, false]);
});

test("answers as the most used validator does, on any schema of the common keywords", async () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(null, true, false, 0, 1, 1.5, -2, 0.3, 100, "", "a", "ab", "äé", "1"),
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("any"), { maxKeys: 3 }),
    ),
  })).any;
  // A few keywords at a time: schemas stay small, and over many runs every pair meets.
  const some = (keywords: Record<string, fc.Arbitrary<unknown>>) =>
    fc
      .array(
        fc.oneof(...Object.entries(keywords).map(([keyword, rule]) => rule.map((found) => [keyword, found] as const))),
        {
          maxLength: 4,
        },
      )
      .map((chosen) => Object.fromEntries(chosen));
  const name = fc.constantFrom("a", "b", "c", "d");
  const { schema } = fc.letrec((tie) => {
    const sub = tie("schema");
    const subs = fc.array(sub, { minLength: 1, maxLength: 2 });
    const record = some({
      type: fc.constantFrom("null", "boolean", "object", "array", "number", "string", "integer", ["string", "null"]),
      enum: fc.uniqueArray(value, {
        minLength: 1,
        maxLength: 3,
        comparator: (a, b) => JSON.stringify(a) === JSON.stringify(b),
      }),
      const: value,
      minimum: fc.constantFrom(0, 1, 1.5),
      exclusiveMaximum: fc.constantFrom(0, 1, 2),
      multipleOf: fc.constantFrom(1, 2, 0.5),
      minLength: fc.constantFrom(0, 1, 2),
      maxLength: fc.constantFrom(0, 1, 2),
      pattern: fc.constantFrom("^a", "b$", "\\d"),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      properties: fc.dictionary(name, sub, { maxKeys: 2 }),
      patternProperties: fc.dictionary(fc.constantFrom("^a", "c"), sub, { maxKeys: 1 }),
      additionalProperties: sub,
      unevaluatedProperties: sub,
      propertyNames: sub,
      minProperties: fc.constantFrom(0, 1, 2),
      dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), { maxKeys: 1 }),
      dependentSchemas: fc.dictionary(name, sub, { maxKeys: 1 }),
      prefixItems: subs,
      items: sub,
      uniqueItems: fc.boolean(),
      maxItems: fc.constantFrom(0, 1, 2),
      allOf: subs,
      anyOf: subs,
      oneOf: subs,
      not: sub,
      if: sub,
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: sub,
      else: sub,
    });
    return { schema: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.boolean(), record, record, record) };
  });
  await fc.assert(
    fc.asyncProperty(schema, fc.array(value, { minLength: 1, maxLength: 5 }), async (schemaUnderTest, values) => {
      const text = JSON.stringify(schemaUnderTest);
      // Ajv does not look at an "if" that stands alone, though what it matched counts as evaluated.
      fc.pre(!(text.includes('"if"') && text.includes('"unevaluated')));
      const plain = JSON.parse(text) as object;
      const reference = new Ajv2020({ strict: false, ownProperties: true, validateSchema: false }).compile(plain);
      for (const instance of values) {
        const copy = JSON.parse(JSON.stringify(instance));
        const expected = await attempt(() => reference(copy));
        // A few of its generated validators throw.
        if (expected !== undefined) expect([copy, await holds(plain, copy)]).toEqual([copy, expected]);
      }
    }),
    { numRuns: 500 },
  );
});
