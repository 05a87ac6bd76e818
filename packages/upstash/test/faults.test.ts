import { defineTable, type Engine, get, insert, integer, patch, text, upsert } from "@stowage/core/engine";
import { retry, stack } from "@stowage/core/layers";
import { fd } from "@stowage/testkit";
import type { FrontFault } from "@stowage/testkit/engines";
import { upstashEngine } from "@stowage/upstash";
import { Redis } from "@upstash/redis";
import { expect, test } from "vitest";
import { onFront } from "./front.ts";
import { freshPrefix } from "./harness.ts";

const counters = defineTable(
  "counters",
  { id: text(), n: integer() },
  { key: ["id"], paths: { byN: { sort: ["n"] } } },
);

const refused = (status: number, error: string): FrontFault => ({
  kind: "status",
  status,
  body: JSON.stringify({ error }),
});
const tooMany = refused(429, "ERR max requests limit exceeded: too many requests");
const unavailable: FrontFault = { kind: "status", status: 503, body: "<html>Service Unavailable</html>" };

const countOf = async (engine: Engine, id: string) => (await engine.read([get(counters, [[id]])]))[0].rows[0]?.n;
/** Tells whether it was applied once or twice. */
const raise = (engine: Engine) => engine.write([patch(counters, ["a"], { raise: { n: 0 }, expect: "exists" })]);

onFront((front) => {
  const open = async (given = false): Promise<Engine> => {
    const { url, token } = front();
    const client = new Redis({ url, token, retry: { retries: 0 } });
    const options = { ...(given ? { client } : { url, token }), keyPrefix: freshPrefix() };
    const engine = stack(upstashEngine(options), [retry()]);
    await engine.converge([counters]);
    await engine.write([insert(counters, { id: "a", n: 0 })]);
    return engine;
  };

  for (const given of [false, true]) {
    const title = given ? "a given client" : "a client of its own";
    for (const [name, fault] of Object.entries<FrontFault>({
      "a refusal for being too many": tooMany,
      "a service that is away": unavailable,
      "an answer that is lost": { kind: "lost" },
      "a gateway that gave up": { kind: "gateway" },
    })) {
      fd("FD-003", `${title}: ${name} loses and doubles nothing`, async () => {
        const engine = await open(given);
        for (let failures = 1; failures <= 4; failures++) {
          front().plan(...Array.from({ length: failures }, () => fault));
          await raise(engine);
          front().plan(fault);
          expect(await countOf(engine, "a")).toBe(failures);
        }
        await engine.close();
      });
    }
  }

  fd("FD-003", "a refusal after an answer that was lost does not pass for the fate of the first sending", async () => {
    const engine = await open();
    for (let times = 1; times <= 3; times++) {
      front().plan({ kind: "lost" }, tooMany, unavailable);
      await raise(engine);
      expect(await countOf(engine, "a")).toBe(times);
    }
    await engine.close();
  });

  test("a part of a pipeline that fails is its own caller's matter", async () => {
    const engine = await open(true);
    front().plan({ kind: "part", error: "ERR max requests limit exceeded: too many requests" });
    const before = front().requests.length;
    await Promise.all(["b", "c", "d"].map((id) => engine.write([insert(counters, { id, n: 1 })])));
    // Together at first, and once more the one that was refused.
    expect(front().requests.slice(before)).toEqual([["evalsha", "evalsha", "evalsha"], ["evalsha"]]);
    for (const id of ["b", "c", "d"]) expect(await countOf(engine, id)).toBe(1);
    await engine.close();
  });

  test("a service that stays away while a write is under way leaves its outcome unknown", async () => {
    const engine = upstashEngine({ url: front().url, token: front().token, keyPrefix: freshPrefix() });
    await engine.converge([counters]);
    front().plan(...Array.from({ length: 8 }, (): FrontFault => ({ kind: "gateway" })));
    await expect(engine.write([insert(counters, { id: "a", n: 0 })])).rejects.toMatchObject({
      code: "unknown_outcome",
    });
    front().clear();
    expect(await countOf(engine, "a")).toBe(0);
    await engine.close();
  });

  test("errors hold no token and nothing of what was sent", async () => {
    const { url } = front();
    const options = [
      { url, token: "wrong-token" },
      { client: new Redis({ url, token: "wrong-token", retry: { retries: 0 } }) },
    ];
    for (const each of options) {
      const engine = upstashEngine({ ...each, keyPrefix: freshPrefix() });
      const error: unknown = await engine.converge([counters]).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "permission", retry: "permanent" });
      expect(everythingIn(error)).not.toMatch(/wrong-token|counters/);
      await engine.close();
    }
    const engine = await open();
    front().plan(refused(400, "ERR max daily request limit exceeded. Limit: 10000"));
    const error: unknown = await engine
      .write([upsert(counters, { id: "a-secret-id", n: 1 })])
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "resource_limit", retry: "permanent" });
    expect(everythingIn(error)).not.toContain("a-secret-id");
    await engine.close();
  });

  test("a request that the service finds too large is refused as that", async () => {
    const engine = await open();
    front().plan(refused(400, "ERR max request size exceeded. Limit: 10485760 bytes, Actual: 10485800 bytes"));
    await expect(raise(engine)).rejects.toMatchObject({ code: "too_large", retry: "permanent" });
    await engine.close();
  });
});

/** What an error tells, its causes included. */
function everythingIn(error: unknown): string {
  const { message, cause, details, stack: trace } = error as Error & { details?: unknown };
  return [message, trace, JSON.stringify(details), cause ? everythingIn(cause) : ""].join("\n");
}
