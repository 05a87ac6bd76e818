import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { decodePieces, encodePieces } from "./compression.ts";

const pieces = fc.array(fc.string({ unit: "binary", maxLength: 3000 }), { maxLength: 5 });
const prose = Array.from({ length: 400 }, (_, index) => `word ${index % 50}`).join(" ");

test("pieces come back, cut through a pair or not", async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (given) => {
      expect(await decodePieces(encodePieces(given))).toEqual(given);
    }),
  );
  const halves = ["\ud83d", `\ude00${prose}`];
  expect(await decodePieces(encodePieces(halves))).toEqual(halves);
});

test("what shrinks is deflated, what does not stays readable", () => {
  const { pieces: none, deflated } = encodePieces([prose]);
  expect(none).toBeNull();
  expect(deflated?.length).toBeLessThan(prose.length / 2);
  expect(encodePieces(["short"])).toEqual({ pieces: '["short"]', deflated: null });
  const noise = Array.from({ length: 2000 }, () => String.fromCharCode(0x4e00 + Math.random() * 20_000)).join("");
  expect(encodePieces([noise])).toEqual({ pieces: JSON.stringify([noise]), deflated: null });
});

test("a runtime without Node's functions writes them as they are and reads both", async () => {
  const deflated = encodePieces([prose]);
  const builtin = process.getBuiltinModule;
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:zlib" ? undefined : builtin(name)) as typeof builtin);
  vi.resetModules();
  try {
    const bare = await import("./compression.ts");
    expect(bare.encodePieces([prose])).toEqual({ pieces: JSON.stringify([prose]), deflated: null });
    expect(await bare.decodePieces(deflated)).toEqual([prose]);
  } finally {
    vi.restoreAllMocks();
  }
});
