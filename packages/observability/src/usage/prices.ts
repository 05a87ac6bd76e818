import type { Price } from "./price.ts";
import { bundledPrices, bundledVersion } from "./price-list.ts";

/** Prices with a version, which is stored beside every cost. */
export class PriceTable {
  readonly version: string;
  readonly #prices: readonly Price[];
  /** Models that were asked for and have no price, by provider and name. Bounded. */
  readonly unknown = new Set<string>();

  constructor(version: string, prices: readonly Price[]) {
    this.version = version;
    // The most exact name first, and of one name the latest.
    this.#prices = prices.toSorted((a, b) => exactness(b) - exactness(a) || b.validFrom.localeCompare(a.validFrom));
  }

  /** Lines of JSON, one price each. */
  static fromJsonLines(version: string, text: string): PriceTable {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return new PriceTable(
      version,
      lines.map((line) => JSON.parse(line) as Price),
    );
  }

  /** The prices that come with the package, as public lists had them at its version's date. */
  static bundled(): PriceTable {
    return new PriceTable(bundledVersion, bundledPrices);
  }

  /** This table with prices of one's own before it. */
  with(prices: readonly Price[], version: string): PriceTable {
    return new PriceTable(version, [...prices, ...this.#prices]);
  }

  /** The price of a model at a time; `undefined` for one that is not known. */
  find(provider: string | undefined, model: string, at: Date): Price | undefined {
    const found = this.#prices.find(
      (price) =>
        (provider === undefined || price.provider === "*" || provider.split(/[./]/)[0] === price.provider) &&
        matches(price.model, model) &&
        Date.parse(price.validFrom) <= at.getTime(),
    );
    if (!found && this.unknown.size < 1000) this.unknown.add(`${provider ?? "?"}/${model}`);
    return found;
  }
}

const exactness = ({ model }: Price) => (model.endsWith("*") ? 0 : 1000) + model.length;
const matches = (pattern: string, model: string) =>
  pattern.endsWith("*") ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
