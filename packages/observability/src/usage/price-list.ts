import type { Meters, Price } from "./price.ts";

/** Date up to which the public lists were read that the prices were taken from. */
export const bundledVersion = "2026-10-24";

/** In US dollars for a million tokens. */
const dollars =
  (provider: string) =>
  (model: string, validFrom: string, meters: Meters, tiers?: Price["tiers"]): Price => ({
    provider,
    model,
    validFrom,
    currency: "USD",
    meters,
    ...(tiers && { tiers }),
  });
const openai = dollars("openai");
const anthropic = dollars("anthropic");
const google = dollars("google");

/** A cache of Anthropic costs 1.25 times the input to write, or twice for an hour, and mostly a tenth to read. */
const cached = (input: number, output: number, cacheRead = input / 10): Meters => ({
  input,
  output,
  cacheRead,
  cacheWrite: input * 1.25,
  cacheWriteLong: input * 2,
});

/** From the day from which a model has cost this; for a model's first price a day that is no later than its first. */
export const bundledPrices: readonly Price[] = [
  openai("gpt-5.4", "2026-01-01", { input: 2.5, output: 15, cacheRead: 0.25 }),
  openai("gpt-5.4-mini*", "2026-01-01", { input: 0.75, output: 4.5, cacheRead: 0.075 }),
  openai("gpt-5.3-codex*", "2026-01-01", { input: 1.75, output: 14, cacheRead: 0.175 }),
  openai("gpt-5.2", "2025-12-11", { input: 1.75, output: 14, cacheRead: 0.175 }),
  openai("gpt-5.2-2025-*", "2025-12-11", { input: 1.75, output: 14, cacheRead: 0.175 }),
  openai("gpt-5.2-codex*", "2025-12-11", { input: 1.75, output: 14, cacheRead: 0.175 }),
  openai("gpt-5.1", "2025-11-13", { input: 1.25, output: 10, cacheRead: 0.125 }),
  openai("gpt-5.1-2025-*", "2025-11-13", { input: 1.25, output: 10, cacheRead: 0.125 }),
  openai("gpt-5", "2025-08-07", { input: 1.25, output: 10, cacheRead: 0.125 }),
  openai("gpt-5-2025-*", "2025-08-07", { input: 1.25, output: 10, cacheRead: 0.125 }),
  openai("gpt-5-codex*", "2025-09-15", { input: 1.25, output: 10, cacheRead: 0.125 }),
  openai("gpt-5-pro*", "2025-10-06", { input: 15, output: 120 }),
  openai("gpt-5-mini*", "2025-08-07", { input: 0.25, output: 2, cacheRead: 0.025 }),
  openai("gpt-5-nano*", "2025-08-07", { input: 0.05, output: 0.4, cacheRead: 0.005 }),
  openai("gpt-4.1", "2025-04-14", { input: 2, output: 8, cacheRead: 0.5 }),
  openai("gpt-4.1-2025-*", "2025-04-14", { input: 2, output: 8, cacheRead: 0.5 }),
  openai("gpt-4.1-mini*", "2025-04-14", { input: 0.4, output: 1.6, cacheRead: 0.1 }),
  openai("gpt-4.1-nano*", "2025-04-14", { input: 0.1, output: 0.4, cacheRead: 0.025 }),
  openai("gpt-4o", "2024-10-02", { input: 2.5, output: 10, cacheRead: 1.25 }),
  openai("gpt-4o-2024-*", "2024-08-06", { input: 2.5, output: 10, cacheRead: 1.25 }),
  openai("gpt-4o-2024-05-13", "2024-05-13", { input: 5, output: 15 }),
  openai("gpt-4o-mini", "2024-07-18", { input: 0.15, output: 0.6, cacheRead: 0.075 }),
  openai("gpt-4o-mini-2024-*", "2024-07-18", { input: 0.15, output: 0.6, cacheRead: 0.075 }),
  openai("o4-mini*", "2025-04-16", { input: 1.1, output: 4.4, cacheRead: 0.275 }),
  openai("o3", "2025-06-10", { input: 2, output: 8, cacheRead: 0.5 }),
  openai("o3", "2025-04-16", { input: 10, output: 40, cacheRead: 2.5 }),
  openai("o3-2025-*", "2025-06-10", { input: 2, output: 8, cacheRead: 0.5 }),
  openai("o3-2025-*", "2025-04-16", { input: 10, output: 40, cacheRead: 2.5 }),
  openai("o3-mini*", "2025-01-31", { input: 1.1, output: 4.4, cacheRead: 0.55 }),
  openai("text-embedding-3-small", "2024-01-25", { input: 0.02 }),
  openai("text-embedding-3-large", "2024-01-25", { input: 0.13 }),

  anthropic("claude-opus-5-5*", "2026-07-24", cached(4, 20, 0.2)),
  anthropic("claude-opus-5*", "2026-07-24", cached(5, 25)),
  anthropic("claude-opus-4-5*", "2025-11-24", cached(5, 25)),
  anthropic("claude-opus-4-6*", "2026-01-01", cached(5, 25)),
  anthropic("claude-opus-4-7*", "2026-01-01", cached(5, 25)),
  anthropic("claude-opus-4-8*", "2026-01-01", cached(5, 25)),
  anthropic("claude-opus-4*", "2025-05-22", cached(15, 75)),
  anthropic("claude-3-opus*", "2024-03-04", cached(15, 75)),
  anthropic("claude-sonnet-5-5*", "2026-10-07", cached(2, 10, 0.1)),
  anthropic("claude-sonnet-5-5*", "2026-01-01", cached(2, 10)),
  anthropic("claude-sonnet-5*", "2026-01-01", cached(2, 10)),
  anthropic("claude-sonnet-4*", "2025-05-22", cached(3, 15)),
  anthropic("claude-3-7-sonnet*", "2025-02-24", cached(3, 15)),
  anthropic("claude-3-5-sonnet*", "2024-06-20", cached(3, 15)),
  anthropic("claude-haiku-5-5*", "2026-10-07", cached(0.1, 0.5), [{ above: 100_000, meters: cached(0.5, 2.5) }]),
  anthropic("claude-haiku-4-5*", "2025-10-15", cached(1, 5)),
  anthropic("claude-3-5-haiku*", "2024-12-01", cached(0.8, 4)),

  google("gemini-2.5-pro*", "2025-04-04", { input: 1.25, output: 10 }, [
    { above: 200_000, meters: { input: 2.5, output: 15 } },
  ]),
  google("gemini-2.5-flash", "2025-06-17", { input: 0.3, output: 2.5 }),
  google("gemini-2.5-flash-lite*", "2025-07-22", { input: 0.1, output: 0.4 }),
  google("gemini-2.0-flash", "2025-02-05", { input: 0.1, output: 0.4, cacheRead: 0.025 }),
];
