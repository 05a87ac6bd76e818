import { converge } from "@stowage/server";
import { command, say } from "../command.ts";
import { usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { storageFlags, withStorage } from "../storage/open.ts";

const actions = ["status", "plan", "up"];

export default command({
  words: "<status|plan|up>",
  flags: {
    ...storageFlags,
    adopt: { type: "boolean", about: "takes over tables that another library filled, converting them once" },
  },
  examples: [
    "stowage migrate status --storage file:./agents.db   exit code 3 when statements are pending",
    "stowage migrate plan --storage postgres://localhost/agents > pending.sql",
    "stowage migrate up --storage postgres://localhost/agents",
  ],
  async run({ adopt = false, ...values }, context, [action = "", ...more]) {
    if (!actions.includes(action) || more.length > 0) throw usageError(`say one of ${actions.join(", ")}`);
    return withStorage(values, context, async (storage) => {
      const done = await converge(storage, { dryRun: action !== "up", adopt });
      const statements = done.flatMap(({ statements }) => statements);
      if (action === "plan") for (const statement of statements) say(context.stdout, `${statement};`);
      const told = action === "plan" ? context.stderr : context.stdout;
      const verb = action === "up" ? "applied" : "pending";
      say(told, `${storage.id}: ${statements.length ? `${statements.length} statements ${verb}` : "up to date"}`);
      return action === "status" && statements.length > 0 ? exitCodes.differences : exitCodes.done;
    });
  },
});
