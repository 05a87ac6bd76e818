import type { Price } from "./price.ts";
import { bundledPrices, bundledVersion } from "./price-list.ts";

/** Prices with a version, which is stored beside every cost. */
export class PriceTable {
  readonly version: string;
  readonly #prices: readonly Price[];
  /** Models that were asked for and have no price, by provider and name. Bounded. */
  readonly unknown = new Set<string>();

  /** Asked where no price above is found. */
  readonly #base: PriceTable | undefined;

  constructor(version: string, prices: readonly Price[], base?: PriceTable) {
    this.version = version;
    this.#base = base;
    // The most exact name first, and of one name the latest.
    this.#prices = prices.toSorted((a, b) => exactness(b) - exactness(a) || b.validFrom.localeCompare(a.validFrom));
  }

  /**
   * Lines of JSON, one price each.
   *
   * @throws TypeError that names the line which is no price.
   */
  static fromJsonLines(version: string, text: string): PriceTable {
    const lines = text.split("\n").map((line, index) => ({ line, number: index + 1 }));
    return new PriceTable(
      version,
      lines.filter(({ line }) => line.trim() !== "").map(({ line, number }) => readPrice(line, number)),
    );
  }

  /**
   * This table with lines of JSON before it.
   *
   * @throws TypeError that names the line which is no price.
   */
  withJsonLines(text: string, version: string): PriceTable {
    return this.with(PriceTable.fromJsonLines(version, text).#prices, version);
  }

  /** The table as lines of JSON, to change and read again. */
  toJsonLines(): string {
    return this.#prices.map((price) => `${JSON.stringify(price)}\n`).join("") + (this.#base?.toJsonLines() ?? "");
  }

  /** The prices that come with the package, as public lists had them at its version's date. */
  static bundled(): PriceTable {
    return new PriceTable(bundledVersion, bundledPrices);
  }

  /** This table with prices of one's own before it: where one of those is in force, it stands over any other. */
  with(prices: readonly Price[], version: string): PriceTable {
    return new PriceTable(version, prices, this);
  }

  /** The price of a model at a time; `undefined` for one that is not known. */
  find(provider: string | undefined, model: string, at: Date): Price | undefined {
    const found = this.#find(provider, model, at);
    if (!found && this.unknown.size < 1000) this.unknown.add(`${provider ?? "?"}/${model}`);
    return found;
  }

  #find(provider: string | undefined, model: string, at: Date): Price | undefined {
    const own = this.#prices.find(
      (price) =>
        (provider === undefined || price.provider === "*" || provider.split(/[./]/)[0] === price.provider) &&
        matches(price.model, model) &&
        Date.parse(price.validFrom) <= at.getTime(),
    );
    return own ?? (this.#base ? this.#base.#find(provider, model, at) : undefined);
  }
}

function readPrice(line: string, number: number): Price {
  const isAmount = (value: unknown) => typeof value === "number" && value >= 0;
  const areMeters = (value: unknown) =>
    typeof value === "object" && value !== null && Object.values(value).every(isAmount);
  try {
    const price = JSON.parse(line) as Price;
    const { provider, model, currency, validFrom, meters, tiers = [] } = price;
    const areTexts = [provider, model, currency].every((text) => typeof text === "string" && text !== "");
    const areTiers = Array.isArray(tiers) && tiers.every((tier) => isAmount(tier.above) && areMeters(tier.meters));
    if (areTexts && !Number.isNaN(Date.parse(validFrom)) && areMeters(meters) && areTiers) return price;
  } catch {}
  throw new TypeError(`line ${number} is no price`);
}

const exactness = ({ model }: Price) => (model.endsWith("*") ? 0 : 1000) + model.length;
const matches = (pattern: string, model: string) =>
  pattern.endsWith("*") ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
