/** What is counted, each priced for a million. A meter without a price costs what the one it is a part of costs. */
export interface Meters {
  input?: number;
  output?: number;
  /** Parts of the input. */
  cacheRead?: number;
  cacheWrite?: number;
  /** Written to a cache that lasts an hour. Part of `cacheWrite`. */
  cacheWriteLong?: number;
  audioInput?: number;
  /** Parts of the output. */
  reasoning?: number;
  audioOutput?: number;
}

/** Prices of a model from a date on, for a million of each meter. */
export interface Price {
  provider: string;
  /** The model's name; `*` stands for any end, as in `gpt-4o-2024-*`. */
  model: string;
  /** ISO 8601 date. */
  validFrom: string;
  currency: string;
  meters: Meters;
  /** Other meters from this total of input tokens on. */
  tiers?: { above: number; meters: Meters }[];
}
