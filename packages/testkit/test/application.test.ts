import { InMemoryStore } from "@stowage/core";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { expect, test } from "vitest";

test("an application's day is the same in memory as anywhere else", async () => {
  expect(await applicationDay(new InMemoryStore())).toEqual(expectedDay);
});
