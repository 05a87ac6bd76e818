import type { Price } from "./price.ts";

/** Date of the public lists that the prices were taken from. */
export const bundledVersion = "2025-06-01";

/** In US dollars for a million tokens. */
export const bundledPrices: readonly Price[] = [
  {
    provider: "openai",
    model: "gpt-4o",
    validFrom: "2024-10-02",
    currency: "USD",
    meters: { input: 2.5, output: 10, cacheRead: 1.25 },
  },
  {
    provider: "openai",
    model: "gpt-4o-2024-*",
    validFrom: "2024-10-02",
    currency: "USD",
    meters: { input: 2.5, output: 10, cacheRead: 1.25 },
  },
  {
    provider: "openai",
    model: "gpt-4o-mini*",
    validFrom: "2024-07-18",
    currency: "USD",
    meters: { input: 0.15, output: 0.6, cacheRead: 0.075 },
  },
  {
    provider: "openai",
    model: "gpt-4.1",
    validFrom: "2025-04-14",
    currency: "USD",
    meters: { input: 2, output: 8, cacheRead: 0.5 },
  },
  {
    provider: "openai",
    model: "gpt-4.1-mini*",
    validFrom: "2025-04-14",
    currency: "USD",
    meters: { input: 0.4, output: 1.6, cacheRead: 0.1 },
  },
  {
    provider: "openai",
    model: "gpt-4.1-nano*",
    validFrom: "2025-04-14",
    currency: "USD",
    meters: { input: 0.1, output: 0.4, cacheRead: 0.025 },
  },
  {
    provider: "openai",
    model: "o4-mini*",
    validFrom: "2025-04-16",
    currency: "USD",
    meters: { input: 1.1, output: 4.4, cacheRead: 0.275 },
  },
  {
    provider: "openai",
    model: "text-embedding-3-small",
    validFrom: "2024-01-25",
    currency: "USD",
    meters: { input: 0.02 },
  },
  {
    provider: "openai",
    model: "text-embedding-3-large",
    validFrom: "2024-01-25",
    currency: "USD",
    meters: { input: 0.13 },
  },
  {
    provider: "anthropic",
    model: "claude-3-5-haiku*",
    validFrom: "2024-12-01",
    currency: "USD",
    meters: { input: 0.8, output: 4, cacheRead: 0.08, cacheWrite: 1 },
  },
  {
    provider: "anthropic",
    model: "claude-3-5-sonnet*",
    validFrom: "2024-06-20",
    currency: "USD",
    meters: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  },
  {
    provider: "anthropic",
    model: "claude-3-7-sonnet*",
    validFrom: "2025-02-24",
    currency: "USD",
    meters: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  },
  {
    provider: "anthropic",
    model: "claude-sonnet-4*",
    validFrom: "2025-05-22",
    currency: "USD",
    meters: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  },
  {
    provider: "anthropic",
    model: "claude-opus-4-20250514",
    validFrom: "2025-05-22",
    currency: "USD",
    meters: { input: 15, output: 75, cacheRead: 1.5, cacheWrite: 18.75 },
  },
  {
    provider: "google",
    model: "gemini-2.0-flash",
    validFrom: "2025-02-05",
    currency: "USD",
    meters: { input: 0.1, output: 0.4, cacheRead: 0.025 },
  },
  {
    provider: "google",
    model: "gemini-2.5-pro*",
    validFrom: "2025-04-04",
    currency: "USD",
    meters: { input: 1.25, output: 10 },
    tiers: [{ above: 200000, meters: { input: 2.5, output: 15 } }],
  },
];
