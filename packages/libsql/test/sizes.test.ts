import { sizesTest } from "@stowage/testkit";
import { libsqlEngine } from "../src/engine.ts";

sizesTest(() => libsqlEngine({ url: ":memory:" }), "database");
