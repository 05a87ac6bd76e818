import { describe, expect, test } from "vitest";
import { costOf, PriceTable, SensitiveDataFilter, usageOf, usageOfTrace } from "../src/index.ts";
import { prepared } from "../src/sensitive/prepare.ts";

describe("the sensitive-data filter", () => {
  const clean = (value: object, filter = new SensitiveDataFilter()) =>
    prepared(value, filter, "t") as Record<string, unknown>;

  test("hides members by name, and not what only counts or is called key", () => {
    const names = {
      "x-api-key": "a",
      access_token: "a",
      clientSecret: "a",
      Cookie: "a",
      password: "a",
      Authorization: { a: 1 },
    };
    expect(Object.values(clean(names))).toEqual(Array(6).fill("[hidden]"));
    const harmless = { key: "colour", inputTokens: 5, maxTokens: "7", monkey: "x", author: "me", secretary: "y" };
    expect(clean(harmless)).toEqual(harmless);
  });

  test("hides secrets by their shape, wherever they stand", () => {
    const { text } = clean({
      text: [
        "key sk-proj-abcdefghijklmnopqrstuvwx",
        "AKIAABCDEFGHIJKLMNOP",
        "ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
        "Bearer abcdefgh12345678",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
        "postgres://me:hunter2@db/x",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "card 4111 1111 1111 1111, order 4111 1111 1111 1112",
      ].join(" | "),
    });
    expect(text).toBe(
      "key [hidden] | [hidden] | [hidden] | [hidden] | [hidden] | postgres://me:[hidden]@db/x | [hidden] | card [hidden], order 4111 1111 1111 1112",
    );
    const inside = clean({ input: JSON.stringify({ note: "sk-abcdefghijklmnopqrstuvwx" }) });
    expect(JSON.parse(inside.input as string)).toEqual({ note: "[hidden]" });
    expect(clean({ mail: "ada@example.org" })).toEqual({ mail: "ada@example.org" });
    expect(clean({ mail: "ada@example.org" }, new SensitiveDataFilter({ contacts: true }))).toEqual({
      mail: "[hidden]",
    });
  });

  test("hides by name within JSON that is kept as text, however deep", () => {
    const inner = JSON.stringify({ password: "hunter2", city: "Bern" });
    const { args, plain, broken } = clean({
      args: JSON.stringify({ to: "ada", body: inner, "X-Api-Key": ["a"] }),
      plain: ' { "city": "Bern" }',
      broken: '{"password": "hunter2"',
    }) as Record<string, string>;
    expect(JSON.parse(args as string)).toEqual({
      to: "ada",
      body: JSON.stringify({ password: "[hidden]", city: "Bern" }),
      "X-Api-Key": "[hidden]",
    });
    expect(plain).toBe(' { "city": "Bern" }');
    expect(broken).toBe('{"password": "hunter2"');
  });

  test("hides by place", () => {
    const filter = new SensitiveDataFilter({ paths: ["input.user.email", "input.notes.*.text", "output"] });
    const record = {
      input: { user: { email: "a@b.ch", name: "ada" }, notes: [{ text: "x", at: 1 }, { text: "y" }], email: "kept" },
      output: { whole: true },
    };
    expect(clean(record, filter)).toEqual({
      input: {
        user: { email: "[hidden]", name: "ada" },
        notes: [{ text: "[hidden]", at: 1 }, { text: "[hidden]" }],
        email: "kept",
      },
      output: "[hidden]",
    });
  });

  test("shows what is hidden in the style asked for", () => {
    const shown = (style: "partial" | "hash" | "label") =>
      clean({ password: "correct horse", again: { password: "correct horse" } }, new SensitiveDataFilter({ style }));
    expect(shown("partial").password).toBe("[hidden…orse]");
    expect(shown("hash").password).toMatch(/^\[hidden:[0-9a-f]{16}\]$/);
    expect(shown("label")).toEqual({ password: "[hidden#1]", again: { password: "[hidden#1]" } });
  });

  test("takes linear time on texts made to be slow", () => {
    const filter = new SensitiveDataFilter({ contacts: true });
    for (const text of [
      "a".repeat(200_000),
      "1 ".repeat(100_000),
      "a@".repeat(100_000),
      "eyJ".repeat(60_000),
      `${"-----BEGIN ".repeat(10_000)}`,
    ]) {
      const from = performance.now();
      filter.text(text);
      expect(performance.now() - from).toBeLessThan(2000);
    }
  });
});

test("values of any kind become plain, bounded and unshared", () => {
  const circular: Record<string, unknown> = {
    n: 1n,
    map: new Map([["a", 1]]),
    set: new Set([2]),
    bytes: new Uint8Array(3),
    call: () => 1,
  };
  circular.self = circular;
  const failing = {
    get trap() {
      throw new Error("no");
    },
  };
  const record = {
    circular,
    error: new TypeError("bad"),
    long: "x".repeat(2 * 1024 * 1024),
    failing,
    date: new Date(0),
  };
  const copy = prepared(record, undefined, undefined) as Record<string, any>;
  expect(copy.circular).toEqual({
    n: "1",
    map: { a: 1 },
    set: [2],
    bytes: "[3 bytes]",
    call: "[function]",
    self: "[circular]",
  });
  expect(copy.error).toMatchObject({ name: "TypeError", message: "bad" });
  expect(copy.long).toMatch(/… \[1048576 more\]$/);
  expect(copy.failing).toBe("[unreadable]");
  expect(copy.date).toEqual(new Date(0));
});

describe("cost", () => {
  const call = (attributes: object, spanType = "model_generation") => ({
    spanType,
    attributes: attributes as Record<string, unknown>,
    startedAt: new Date("2025-07-01"),
  });
  const prices = PriceTable.bundled();

  test("is by meter and tier, and unknown for a model without a price", () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
    expect(costOf(call({ model: "gpt-4o-mini-2024-07-18", provider: "openai", usage }), prices)).toEqual({
      estimatedCost: 0.75,
      costUnit: "USD",
      priceVersion: prices.version,
    });
    expect(costOf(call({ model: "gemini-2.5-pro", provider: "google", usage }), prices)?.estimatedCost).toBe(17.5);
    expect(costOf(call({ model: "own", usage }), prices)).toEqual({
      estimatedCost: null,
      costUnit: null,
      priceVersion: prices.version,
    });
    expect([...prices.unknown]).toEqual(["?/own"]);
    const before = { ...call({ model: "gpt-4.1", provider: "openai", usage }), startedAt: new Date("2025-01-01") };
    expect(costOf(before, prices)?.estimatedCost).toBeNull();
    const own = prices.with(
      [{ provider: "*", model: "own", validFrom: "2020-01-01", currency: "EUR", meters: { input: 1, output: 2 } }],
      "mine",
    );
    expect(costOf(call({ model: "own", usage }), own)).toEqual({
      estimatedCost: 3,
      costUnit: "EUR",
      priceVersion: "mine",
    });
    expect(
      PriceTable.fromJsonLines(
        "x",
        '{"provider":"*","model":"a*","validFrom":"2020-01-01","currency":"USD","meters":{"input":1}}\n',
      ).find(undefined, "abc", new Date())?.meters.input,
    ).toBe(1);
  });

  test("follows the dates of the list, its exact names and the parts of the usage", () => {
    const costs = (model: string, at: string, usage: object, provider = "openai") =>
      costOf({ ...call({ model, provider, usage }), startedAt: new Date(at) }, prices)?.estimatedCost;
    const million = { inputTokens: 1_000_000 };
    expect(costs("o3", "2025-05-01", million)).toBe(10);
    expect(costs("o3", "2025-07-01", million)).toBe(2);
    expect(costs("gpt-4.1-2025-04-14", "2025-07-01", million)).toBe(2);
    expect(costs("gpt-4o-2024-05-13", "2025-07-01", million)).toBe(5);
    const claude = (details: object, inputTokens = 1_000_000) =>
      costs("claude-sonnet-4-5-20250929", "2026-01-01", { inputTokens, inputDetails: details }, "anthropic.messages");
    expect(claude({})).toBe(3);
    expect(claude({ cacheRead: 1_000_000 })).toBeCloseTo(0.3, 9);
    expect(claude({ cacheWrite: 1_000_000 })).toBeCloseTo(3.75, 9);
    expect(claude({ cacheWrite: 1_000_000, cacheWriteLong: 1_000_000 })).toBeCloseTo(6, 9);
    // What was read from the cache is more than the input: so it is not a part of it.
    expect(claude({ cacheRead: 1_000_000 }, 100_000)).toBeCloseTo(0.6, 9);
    expect(usageOf(call({ usage: { inputTokens: 1, outputTokens: 2, outputDetails: { audio: 2 } } }))).toEqual({
      input: 1,
      output: 2,
      cacheRead: 0,
      cacheWrite: 0,
      reasoning: 0,
      total: 3,
      audioOutput: 2,
    });
  });

  test("the bundled list is plausible, and can be written out, changed and read again", () => {
    const text = prices.toJsonLines();
    const again = PriceTable.fromJsonLines(prices.version, text);
    expect(again.toJsonLines()).toBe(text);
    const lines = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
    expect(lines.length).toBeGreaterThan(40);
    for (const { model, meters, tiers = [], validFrom } of lines) {
      for (const { input, output = input, cacheRead = 0, cacheWrite = input, cacheWriteLong = cacheWrite } of [
        meters,
        ...tiers.map((tier: { meters: object }) => tier.meters),
      ]) {
        // Dollars a million, not a thousand or a token; output dearer than input, reading a cache cheaper.
        expect([model, input >= 0.01 && input <= 100, output >= input && output <= 10 * input]).toEqual([
          model,
          true,
          true,
        ]);
        expect([model, cacheRead <= input / 2, cacheWrite >= input, cacheWriteLong >= cacheWrite]).toEqual([
          model,
          true,
          true,
          true,
        ]);
      }
      expect(validFrom <= prices.version).toBe(true);
    }
    const ours = { ...lines[0], validFrom: "2026-06-01", meters: { input: 99 } };
    const both = prices.withJsonLines(JSON.stringify(ours), "ours");
    const inputOf = (at: string) => both.find(ours.provider, ours.model, new Date(at))?.meters.input;
    expect([inputOf("2026-07-01"), inputOf("2026-05-01")]).toEqual([99, lines[0].meters.input]);
    expect(() => PriceTable.fromJsonLines("x", `${text}{"provider":"openai"}\n`)).toThrow(
      `line ${lines.length + 1} is no price`,
    );
  });

  test("of a trace counts each call once, however often it is repeated above", () => {
    const span = (spanId: string, parentSpanId: string | null, spanType: string, inputTokens: number) => ({
      spanId,
      parentSpanId,
      ...call({ model: "gpt-4o", provider: "openai", usage: { inputTokens, outputTokens: 0 } }, spanType),
    });
    const spans = [
      span("agent", null, "agent_run", 300),
      span("outer", "agent", "model_generation", 300),
      span("one", "outer", "model_step", 100),
      span("two", "outer", "model_step", 200),
      span("alone", "agent", "model_generation", 7),
    ];
    expect(usageOfTrace(spans, prices)).toMatchObject({
      input: 307,
      estimatedCost: expect.closeTo((307 * 2.5) / 1e6, 9),
      unpriced: 0,
    });
  });
});
