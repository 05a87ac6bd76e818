import { expect, test } from "vitest";
import { money, tokens } from "./figures.ts";

test("money has as many digits as say something, and none where no price is known", () => {
  expect(money({ estimatedCost: 0.00333, costUnit: "USD" })).toMatch(/0[.,]0033/);
  expect(money({ estimatedCost: 12.345, costUnit: "USD" })).toMatch(/12[.,]3[45]/);
  expect(money({ estimatedCost: 0, costUnit: "USD" })).toMatch(/0/);
  expect(money({ estimatedCost: null, costUnit: null })).toBe("–");
  expect(money(undefined)).toBe("–");
  expect(money({ estimatedCost: 5, costUnit: "credits" })).toBe("5 credits");
});

test("tokens go in and come out", () => {
  expect(tokens({ input: 5, output: 2, cacheRead: 0, cacheWrite: 0, reasoning: 0 })).toBe("5 → 2");
  expect(tokens(null)).toBe("–");
});
