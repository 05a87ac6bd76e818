import type { Client } from "@libsql/client";
import { expect, test } from "vitest";
import { libsqlEngine } from "./engine.ts";
import { type LibSQLOptions, resolveOptions } from "./options.ts";

test.each([
  ["file:a.db", "file"],
  ["file:///data/a.db", "file"],
  [":memory:", "memory"],
  ["file::memory:", "memory"],
  ["file::memory:?cache=shared", "memory"],
  ["file:name?mode=memory&cache=shared", "memory"],
  ["libsql://db.example.com", "remote"],
  ["https://db.example.com", "remote"],
  ["http://127.0.0.1:8080", "remote"],
  ["wss://db.example.com", "remote"],
])("%s is a database of the kind %s", (url, target) => {
  expect(resolveOptions({ url }).target).toBe(target);
});

test("a file with syncUrl is a replica, a client stands for itself", () => {
  expect(resolveOptions({ url: "file:a.db", syncUrl: "libsql://db.example.com" }).target).toBe("replica");
  expect(resolveOptions({ client: { batch() {} } as unknown as Client }).target).toBe("client");
});

test("defaults are filled in", () => {
  expect(resolveOptions({ url: "file:a.db" })).toMatchObject({
    patience: { tries: 6, backoff: 100, perTry: 5000 },
    cacheSize: -16_000,
    mmapSize: 134_217_728,
    journalMode: "wal",
    durability: "normal",
    prefix: "",
  });
});

const wrong: [string, LibSQLOptions, RegExp][] = [
  ["nothing", {}, /url or client must be provided/],
  ["a blank url", { url: " " }, /url or client must be provided/],
  ["another scheme", { url: "postgres://x" }, /url must begin with/],
  ["a path without a scheme", { url: "/data/a.db" }, /url must begin with/],
  ["both", { url: "file:a.db", client: { batch() {} } as unknown as Client }, /not both/],
  ["no client", { client: {} as Client }, /no batch/],
  ["syncUrl beside a server", { url: "https://a", syncUrl: "https://b" }, /syncUrl needs a file/],
  ["a prefix with a quote", { url: "file:a.db", prefix: 'a"' }, /prefix/],
  ["a negative wait", { url: "file:a.db", connectionTimeoutMs: -1 }, /connectionTimeoutMs/],
  ["another journal", { url: "file:a.db", journalMode: "off" as "wal" }, /journalMode/],
];
test.each(wrong)("%s is refused, with the name of who was asked", (_, options, message) => {
  expect(() => resolveOptions(options, "MemoryLibSQL")).toThrow(message);
  expect(() => resolveOptions(options, "MemoryLibSQL")).toThrow(/^MemoryLibSQL: /);
});

test("a token beside a file is told once and does no harm", () => {
  const lines: string[] = [];
  libsqlEngine({ url: "file:a.db", authToken: "secret" }, { logger: { warn: (line) => lines.push(line) } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain("secret");
});
