import { expect, test } from "vitest";
import { LanceStorage, type LanceStorageOptions } from "../src/index.ts";

test.each([
  [{ uri: "./agents.lance" }, "./agents.lance"],
  [{ uri: "s3://bucket/agents" }, "s3://bucket/agents"],
])("a store on %j says where it is, without credentials", (options, target) => {
  const store = new LanceStorage({ id: "s", disableInit: true, ...options } as LanceStorageOptions);
  expect(store.stores?.memory).toMatchObject({ context: { target } });
});
