import { createClient } from "@clickhouse/client";
import { stack } from "@stowage/core/layers";
import { sizesTest } from "@stowage/testkit";
import { batches, ClickhouseEngine } from "../src/engine.ts";
import { freshDatabase } from "./harness.ts";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  const open = async () => {
    const database = freshDatabase();
    const admin = createClient({ url: server().url });
    await admin.command({ query: `CREATE DATABASE ${database}` });
    await admin.close();
    return stack(new ClickhouseEngine({ url: server().url, username: "default", password: "", database }), batches);
  };
  sizesTest(open, "tables");
});
