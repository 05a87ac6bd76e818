import type { ServerOptions, StorageSource } from "@stowage/server";
import { type Context, command, say, type Values } from "../command.ts";
import { usageError } from "../errors.ts";
import { listenUntilStopped } from "../listen.ts";
import { storageFlags, storageOf } from "../storage/open.ts";

/** What a command that listens takes. */
export const serverFlags = {
  ...storageFlags,
  host: {
    type: "string",
    value: "<address>",
    about: "default 127.0.0.1; another needs --token, a config file with auth, or --insecure",
  },
  port: { type: "string", value: "<number>", about: "default 4111; 0 takes a free one" },
  prefix: { type: "string", value: "<path>", about: "of the API; default /api" },
  token: { type: "string", value: "<secret>", about: "a bearer token that may do everything  (STOWAGE_TOKEN)" },
  insecure: { type: "boolean", about: "lets everybody in who can reach the address" },
  "read-only": { type: "boolean", about: "refuses every write" },
} as const;

/**
 * The options that flags, config file and environment ask for, in this order; for the storage `given`, if one is.
 *
 * @throws CommandError with a sentence for the user.
 */
export async function serverOptions(
  values: Values<typeof serverFlags>,
  context: Context,
  given?: StorageSource,
): Promise<ServerOptions> {
  const { storage, config } = await storageOf(values, context, given);
  const port = values.port === undefined ? config.port : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw usageError("--port must be a number from 0 to 65535");
  }
  const token = values.token ?? context.env.STOWAGE_TOKEN;
  const tokens = [...(config.auth?.tokens ?? [])];
  if (token) tokens.push({ token, id: "command-line", resources: "*", scopes: ["*:*"] });
  return {
    ...config,
    storage,
    ...(port !== undefined && { port }),
    ...(values.host !== undefined && { host: values.host }),
    ...(values.prefix !== undefined && { prefix: values.prefix }),
    ...(values.insecure && { insecure: true }),
    ...(values["read-only"] && { readOnly: true }),
    ...((config.auth || tokens.length > 0) && { auth: { ...config.auth, tokens } }),
  };
}

export default command({
  flags: serverFlags,
  examples: [
    "stowage serve --storage file:./agents.db",
    "STOWAGE_TOKEN=… stowage serve --storage postgres://localhost/agents --host 0.0.0.0",
  ],
  run: async (values, context) =>
    listenUntilStopped(await serverOptions(values, context), context, (url) =>
      say(context.stdout, `Stowage listens on ${url}`),
    ),
});
