import { describe, expect, test } from "vitest";
import type { DomainContext } from "../context.ts";
import { message, storeWith } from "./lab.ts";

export function rolesSuite(context: DomainContext): void {
  describe("messages of roles", () => {
    test("are listed and counted alone, by thread and by owner, beside included ones of any", async () => {
      const store = await storeWith(context, "t");
      await store.saveMessages({
        messages: ["user", "assistant", "system", "user"].map((role, index) => message(`m${index}`, { role })),
      });
      const found = async (roles: string[], more: object = {}) => {
        const listed = await store.listMessages({ threadId: "t", perPage: 1, ...more, filter: { roles } });
        return [listed.messages.map(({ id }) => id), listed.total];
      };
      expect(await found(["user"])).toEqual([["m0"], 2]);
      expect(await found(["user"], { page: 1 })).toEqual([["m3"], 2]);
      expect(await found(["assistant", "system"], { perPage: false })).toEqual([["m1", "m2"], 2]);
      expect(await found(["signal"])).toEqual([[], 0]);
      expect(await found(["tool"])).toEqual([["m1"], 1]);
      expect(await found([])).toEqual([["m0"], 4]);
      expect(await found(["system"], { include: [{ id: "m0" }] })).toEqual([["m0", "m2"], 1]);
      const { resourceId } = (await store.listMessagesById({ messageIds: ["m0"] })).messages[0] as {
        resourceId: string;
      };
      const owned = await store.listMessagesByResourceId({ resourceId, filter: { roles: ["assistant"] } });
      expect(owned.messages.map(({ id }) => id)).toEqual(["m1"]);
      const wrong = { threadId: "t", filter: { roles: "user" as never } };
      await expect(store.listMessages(wrong)).rejects.toMatchObject({ category: "USER" });
    });
  });
}
