import { stowageFunctions, stowageTables } from "@stowage/convex/server";
import { defineSchema } from "convex/server";
import { convexTest } from "convex-test";

const schema = defineSchema(stowageTables);

/** A deployment in memory that enforces the platform's limits. With a secret its functions are public. */
export const deployment = (secret?: string) =>
  convexTest({
    schema,
    modules: {
      "/convex/_generated/api.js": async () => ({}),
      "/convex/stowage/storage.ts": async () => stowageFunctions({ secret }),
    },
    transactionLimits: true,
  });

export type Deployment = ReturnType<typeof deployment>;
