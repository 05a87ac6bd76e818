/** Prices of a model from a date on, for a million of each meter. */
export interface Price {
  provider: string;
  /** The model's name; `*` stands for any end, as in `gpt-4o-2024-*`. */
  model: string;
  /** ISO 8601 date. */
  validFrom: string;
  currency: string;
  meters: { input?: number; output?: number; cacheRead?: number; cacheWrite?: number; reasoning?: number };
  /** Other meters from this total of input tokens on. */
  tiers?: { above: number; meters: Price["meters"] }[];
}
