import { join } from "node:path";
import { LibSQLStore } from "@stowage/libsql";
import { budgetSuite } from "@stowage/testkit";
import { scratchFolder } from "@stowage/testkit/engines";
import { afterAll, beforeAll } from "vitest";
import { HranaFront } from "./hrana-front.ts";

const folder = scratchFolder();
let front: HranaFront;
beforeAll(async () => {
  front = await HranaFront.start(join(folder.path, "data.db"));
});
afterAll(async () => {
  await front?.stop();
  folder.remove();
});

budgetSuite("libsql server", {
  open: () => new LibSQLStore({ id: "budget", url: front.url }),
  requests: () => front.requests,
});
