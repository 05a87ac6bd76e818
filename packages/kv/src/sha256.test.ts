import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

test("is SHA-256, at every length around a block", () => {
  for (let length = 0; length < 300; length++) {
    const bytes = randomBytes(length);
    expect(sha256(bytes), `${length} bytes`).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});
