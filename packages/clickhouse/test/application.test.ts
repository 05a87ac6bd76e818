import { ClickhouseStore } from "@stowage/clickhouse";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { expect, test } from "vitest";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  test("an application works on all seven domains", async () => {
    const storage = new ClickhouseStore({ id: "day", url: server().url, username: "default", password: "" });
    expect(await applicationDay(storage)).toEqual(expectedDay);
    await storage.close();
  });
});
