import { expect, test } from "vitest";
import { redisEngine } from "./engine.ts";
import { type RedisOptions, resolveOptions } from "./options.ts";

const base = "mastra:{mastra:}";
const client = { sendCommand: async () => undefined };

test("an address, its parts, or a client", () => {
  expect(resolveOptions({ connectionString: "redis://localhost" })).toEqual({
    base,
    server: { url: "redis://localhost" },
  });
  expect(resolveOptions({ host: "h" })).toEqual({ base, server: { host: "h", port: 6379, database: 0 } });
  expect(resolveOptions({ host: "h", port: 1, password: "p", db: 2 })).toEqual({
    base,
    server: { host: "h", port: 1, password: "p", database: 2 },
  });
  expect(resolveOptions({ client })).toEqual({ base, client });
});

test("a prefix by both of its names, and none", () => {
  const baseOf = (options: object) => resolveOptions({ host: "h", ...options }).base;
  expect(baseOf({ keyPrefix: "a:" })).toBe("a:{a:}");
  expect(baseOf({ prefix: "b:" })).toBe("b:{b:}");
  expect(baseOf({ keyPrefix: "a:", prefix: "b:" })).toBe("a:{a:}");
  expect(baseOf({ keyPrefix: "" })).toBe("{stowage}");
});

test.each([
  [undefined, "Provide either"],
  [{}, "Provide either"],
  [{ connectionString: " " }, "connectionString must be provided and cannot be empty"],
  [{ connectionString: "http://secret" }, "must be a redis:// or rediss:// address"],
  [{ host: " " }, "Provide either"],
  [{ host: "h", port: 0 }, "port must be"],
  [{ host: "h", db: -1 }, "db must be"],
  [{ client: {} }, "client must be"],
  [{ client: null }, "client must be"],
  [{ host: "h", keyPrefix: "{a}" }, "without braces"],
])("%j is refused", (options, message) => {
  expect(() => resolveOptions(options as RedisOptions)).toThrow(`RedisStore: ${message}`.slice(0, 12));
  expect(() => resolveOptions(options as RedisOptions)).toThrow(message);
});

test("a hash tag finer than the store is warned of", () => {
  const warnings: string[] = [];
  const settings = { logger: { warn: (message: string) => void warnings.push(message) } };
  redisEngine({ client }, settings);
  redisEngine({ client, hashTag: "store" }, settings);
  expect(warnings).toEqual([]);
  redisEngine({ client, hashTag: "scope" }, settings);
  expect(warnings).toEqual([expect.stringContaining("hashTag")]);
});
