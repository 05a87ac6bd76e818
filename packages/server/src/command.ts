import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { ServerOptions } from "./options.ts";
import { storageFromUrl } from "./storage-from-url.ts";

export const help = `stowage-server: a storage over HTTP

  stowage-server --storage file:./agents.db

  --storage <address>   file:…, libsql:…, postgres://…, mongodb://…, memory:   (STOWAGE_STORAGE)
  --config <file>       a module whose default export is the server's options; flags win over it
                        (default: stowage.server.ts, .mts, .js or .mjs, when there is one)
  --host <address>      default 127.0.0.1; another needs --token, a config file with auth, or --insecure
  --port <number>       default 4111; 0 takes a free one
  --prefix <path>       default /api
  --token <secret>      a bearer token that may do everything                  (STOWAGE_TOKEN)
  --insecure            lets everybody in who can reach the address
  --read-only           refuses every write
  --studio <folder>     static files to serve beside the API
  --help, --version
`;

export interface Command {
  help: boolean;
  version: boolean;
  options?: ServerOptions;
}

const configNames = ["ts", "mts", "js", "mjs"].map((extension) => `stowage.server.${extension}`);

/**
 * The options that arguments, environment and config file ask for.
 *
 * @throws Error with a sentence for the user.
 */
export async function readCommand(args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Command> {
  const { values } = parseArgs({
    args,
    options: {
      storage: { type: "string" },
      config: { type: "string" },
      host: { type: "string" },
      port: { type: "string" },
      prefix: { type: "string" },
      token: { type: "string" },
      studio: { type: "string" },
      insecure: { type: "boolean" },
      "read-only": { type: "boolean" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    },
  });
  if (values.help || values.version) return { help: values.help ?? false, version: values.version ?? false };
  const config = await readConfig(values.config, cwd);
  const address = values.storage ?? (config.storage ? undefined : env.STOWAGE_STORAGE);
  const storage = address === undefined ? config.storage : await storageFromUrl(address);
  if (!storage) throw new Error("say which storage: --storage file:./agents.db, or a config file");
  const port = values.port === undefined ? config.port : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new Error("--port must be a number from 0 to 65535");
  }
  const token = values.token ?? env.STOWAGE_TOKEN;
  const tokens = [...(config.auth?.tokens ?? [])];
  if (token) tokens.push({ token, id: "command-line", resources: "*", scopes: ["*:*"] });
  return {
    help: false,
    version: false,
    options: {
      ...config,
      storage,
      port,
      ...(values.host !== undefined && { host: values.host }),
      ...(values.prefix !== undefined && { prefix: values.prefix }),
      ...(values.insecure && { insecure: true }),
      ...(values["read-only"] && { readOnly: true }),
      ...(values.studio !== undefined && { studio: { root: resolve(cwd, values.studio) } }),
      ...((config.auth || tokens.length > 0) && { auth: { ...config.auth, tokens } }),
    },
  };
}

async function readConfig(named: string | undefined, cwd: string): Promise<Partial<ServerOptions>> {
  const found = named ?? configNames.find((name) => existsSync(resolve(cwd, name)));
  if (found === undefined) return {};
  const path = resolve(cwd, found);
  if (!existsSync(path)) throw new Error(`there is no file ${found}`);
  const { default: options } = (await import(pathToFileURL(path).href)) as { default?: Partial<ServerOptions> };
  if (typeof options !== "object" || options === null) throw new Error(`${found} has no default export`);
  return options;
}
