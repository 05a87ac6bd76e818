import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServerOptions } from "@stowage/server";
import { studioRoot } from "@stowage/studio";
import { command, say } from "../command.ts";
import { CommandError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { listenUntilStopped } from "../listen.ts";
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
  },
  examples: [
    "stowage studio --storage file:./agents.db --open",
    "stowage studio --storage postgres://localhost/agents --read-only --port 0",
  ],
  async run({ open: opens, ...values }, context) {
    const options = await serverOptions(values, context);
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
  },
});

/** A Studio that others can reach asks for a token, made up where nobody gave one. */
function protection({ host = "127.0.0.1", auth, insecure }: ServerOptions): {
  auth?: ServerOptions["auth"];
  token?: string;
} {
  if (auth || insecure || /^(127\.|localhost$|::1$|\[::1\]$)/.test(host)) return auth ? { auth } : {};
  const token = randomBytes(24).toString("base64url");
  return { token, auth: { tokens: [{ token, id: "command-line", resources: "*", scopes: ["*:*"] }] } };
}
