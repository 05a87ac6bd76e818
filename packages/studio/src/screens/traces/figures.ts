import type { Cost, Usage } from "../../api/traces.ts";

/** A number as the reader's language writes it; a dash for none. */
export const number = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : value.toLocaleString();

/** A sum of money with as many digits as say something. */
export function money(cost: Cost | null | undefined): string {
  const { estimatedCost = null, costUnit } = cost ?? {};
  if (estimatedCost === null) return "–";
  const digits =
    estimatedCost > 0 && estimatedCost < 0.01 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: costUnit ?? "USD", ...digits }).format(
      estimatedCost,
    );
  } catch {
    return `${estimatedCost} ${costUnit}`;
  }
}

export const tokens = (usage: Usage | null | undefined): string =>
  usage ? `${number(usage.input)} → ${number(usage.output)}` : "–";
