import { describe, expect, test } from "vitest";
import { resolveOptions } from "./options.ts";
import {
  CloudflareKVStorage,
  CloudflareStore,
  ObservabilityStorageCloudflare,
  ScoresStorageCloudflare,
} from "./store.ts";

const kv = { get() {}, list() {}, put() {}, delete() {} };
const make = (options: object) => () => new CloudflareKVStorage({ id: "s", ...options } as never);
const four = { mastra_threads: kv, mastra_messages: kv, mastra_workflow_snapshot: kv, mastra_scorers: kv };

describe("options", () => {
  test("an id is required", () => {
    expect(make({ binding: kv, id: "" })).toThrow("Cloudflare: id must be provided and cannot be empty.");
  });

  for (const bindings of [undefined, null, "kv"]) {
    test(`bindings of ${JSON.stringify(bindings)} are refused`, () => {
      expect(make({ bindings })).toThrow("Missing KV binding");
    });
  }

  for (const table of Object.keys(four)) {
    test(`without a default ${table} needs a namespace`, () => {
      expect(make({ bindings: { ...four, [table]: undefined } })).toThrow(`Missing KV binding for table: ${table}`);
    });
  }

  test("four namespaces, or a default, or one binding are enough", () => {
    expect(make({ bindings: four })).not.toThrow();
    expect(make({ bindings: { default: kv } })).not.toThrow();
    expect(make({ binding: kv, keyPrefix: "my/" })).not.toThrow();
  });

  test("a domain that stands alone needs what is its own", () => {
    expect(() => new ScoresStorageCloudflare({ bindings: { mastra_scorers: kv } as never })).not.toThrow();
    expect(() => new ScoresStorageCloudflare({ bindings: { mastra_threads: kv } as never })).toThrow(
      "Missing KV binding for table: mastra_scorers",
    );
    expect(() => new ObservabilityStorageCloudflare({ bindings: { anything: kv } as never })).not.toThrow();
  });

  for (const value of [undefined, "", " "]) {
    test(`an accountId or apiToken of ${JSON.stringify(value)} is refused`, () => {
      expect(make({ accountId: value, apiToken: "t" })).toThrow("accountId is required");
      expect(make({ accountId: "a", apiToken: value })).toThrow("apiToken is required");
    });
  }

  test("a client that lacks what is needed is refused", () => {
    expect(make({ accountId: "a", client: {} })).toThrow("client must have get, post and put");
  });

  test("a keyPrefix that would take the room of keys is refused", () => {
    expect(make({ binding: kv, keyPrefix: "x".repeat(25) })).toThrow("keyPrefix");
  });

  test("the namespace of the REST interface is named by its prefix", () => {
    const options = { accountId: "a", apiToken: "t", namespacePrefix: "prod_" };
    expect(resolveOptions(options)).toMatchObject({ title: "prod_stowage" });
  });

  for (const operationLimit of [0, -1, Number.NaN, "50"]) {
    test(`an operationLimit of ${operationLimit} is refused`, () => {
      expect(make({ binding: kv, operationLimit })).toThrow("operationLimit must be a number of at least 1");
    });
  }

  test("an invocation is an object or gives one", () => {
    expect(make({ binding: kv, invocation: {} })).not.toThrow();
    expect(make({ binding: kv, invocation: () => undefined })).not.toThrow();
    expect(make({ binding: kv, invocation: "ctx" })).toThrow("invocation must be an object or a function");
  });

  test("the former name is the same class", () => {
    expect(CloudflareStore).toBe(CloudflareKVStorage);
  });
});
