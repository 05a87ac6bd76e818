import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MastraCompositeStore } from "@stowage/core";
import type { ServerOptions } from "@stowage/server";
import { studioRoot } from "@stowage/studio";
import { type Context, command, say, type Values } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { listenUntilStopped } from "../listen.ts";
import { storageFromDump } from "../storage/from-dump.ts";
import { serverFlags, serverOptions } from "./serve.ts";

export default command({
  flags: {
    ...serverFlags,
    host: {
      type: "string",
      value: "<address>",
      about: "default 127.0.0.1; on another a token is made up unless one is given",
    },
    open: { type: "boolean", about: "opens the browser" },
    file: { type: "string", value: "<export>", about: "shows what stowage export wrote; no database is needed" },
  },
  examples: [
    "stowage studio --storage file:./agents.db --open",
    "stowage studio --storage postgres://localhost/agents --read-only --port 0",
    "stowage studio --file agents.jsonl.gz --open",
  ],
  async run({ open: opens, file, ...values }, context) {
    if (file !== undefined && values.storage !== undefined) throw usageError("say --file or --storage, not both");
    const dump = file === undefined ? undefined : await storageFromDump(file, context);
    try {
      return await serveStudio(values, opens === true, context, dump?.storage);
    } finally {
      await dump?.storage.close();
      await dump?.remove();
    }
  },
});

/** The Studio until the user asks to stop. What it shows of an export it only shows: no change would outlive it. */
async function serveStudio(
  values: Values<typeof serverFlags>,
  opens: boolean,
  context: Context,
  dump: MastraCompositeStore | undefined,
): Promise<number> {
  const options = await serverOptions(dump ? { ...values, "read-only": true } : values, context, dump);
  const pages = options.studio ?? { root: studioRoot };
  if (!existsSync(join(pages.root, "index.html"))) {
    throw new CommandError("the Studio is not built; in a clone npm run build does", exitCodes.failed);
  }
  const { auth, token } = protection(options);
  return listenUntilStopped({ ...options, ...(auth && { auth }), studio: pages }, context, async (url) => {
    say(context.stdout, `The Studio is at ${url}${pages.path ?? ""}`);
    if (token) say(context.stdout, `Its settings ask for this token: ${token}`);
    if (!opens) return;
    const { default: open } = await import("open");
    await open(url).catch(() => say(context.stderr, "No browser could be opened."));
  });
}

/** A Studio that others can reach asks for a token, made up where nobody gave one. */
function protection({ host = "127.0.0.1", auth, insecure }: ServerOptions): {
  auth?: ServerOptions["auth"];
  token?: string;
} {
  if (auth || insecure || /^(127\.|localhost$|::1$|\[::1\]$)/.test(host)) return auth ? { auth } : {};
  const token = randomBytes(24).toString("base64url");
  return { token, auth: { tokens: [{ token, id: "command-line", resources: "*", scopes: ["*:*"] }] } };
}
