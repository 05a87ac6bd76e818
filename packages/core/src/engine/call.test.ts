import { describe, expect, test } from "vitest";
import { checkCall, jitter, pause } from "./call.ts";

describe("the bounds of a call", () => {
  test("an abort is named before a deadline, with its reason", () => {
    const reason = new Error("no longer wanted");
    expect(() => checkCall({ signal: AbortSignal.abort(reason), deadline: 0 })).toThrow(
      expect.objectContaining({ code: "aborted", retry: "permanent", cause: reason }),
    );
    expect(() => checkCall({ deadline: Date.now() - 1 })).toThrow(
      expect.objectContaining({ code: "timeout", retry: "exhausted" }),
    );
    expect(() => checkCall({ deadline: Date.now() + 60_000, signal: new AbortController().signal })).not.toThrow();
    expect(() => checkCall()).not.toThrow();
  });

  test("cut a pause short", async () => {
    const controller = new AbortController();
    const aborted = pause(1e9, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    await expect(pause(1e9, { deadline: Date.now() + 1 })).rejects.toMatchObject({ code: "timeout" });
    await pause(0);
  });

  test("jitter is anywhere below a doubling bound, up to a cap", () => {
    for (let attempt = 0; attempt < 20; attempt++) {
      for (let i = 0; i < 50; i++) {
        const wait = jitter(attempt, 10, 500);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(Math.min(500, 10 * 2 ** attempt));
      }
    }
  });
});
