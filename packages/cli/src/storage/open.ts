import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { MastraCompositeStore } from "@stowage/core";
import type { ServerOptions, StorageSource } from "@stowage/server";
import type { Context, Values } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { readConfig } from "./config.ts";
import { addressKinds, storageFromUrl } from "./from-url.ts";

/** The flags that say which storage. */
export const storageFlags = {
  storage: {
    type: "string",
    value: "<address>",
    about: `${addressKinds}  (STOWAGE_STORAGE)`,
  },
  config: {
    type: "string",
    value: "<file>",
    about: "a module whose default export are the server's options, `storage` among them; flags win over it",
  },
} as const;

/**
 * The storage that is given, else that the flags name, else the config file, else the environment; and the config.
 *
 * @throws CommandError when none of them does.
 */
export async function storageOf(
  { storage, config: file }: Values<typeof storageFlags>,
  { cwd, env }: Context,
  given?: StorageSource,
): Promise<{ storage: StorageSource; config: Partial<ServerOptions> }> {
  const config = await readConfig(file, cwd);
  if (given) return { storage: given, config };
  const address = storage ?? (config.storage ? undefined : env.STOWAGE_STORAGE);
  const found = address === undefined ? config.storage : await storageFromUrl(address, cwd);
  if (!found) throw usageError("say which storage: --storage file:./agents.db, or a config file");
  return { storage: found, config };
}

/**
 * Opens a storage that exists, hands it to `use`, and closes it whatever happens.
 *
 * @throws CommandError when it is a file that does not exist, since opening would make it.
 */
export async function withStorage<T>(
  values: Values<typeof storageFlags>,
  context: Context,
  use: (storage: MastraCompositeStore) => Promise<T>,
): Promise<T> {
  const file = fileOf(values.storage, context.cwd);
  if (file && !existsSync(file)) throw new CommandError(`there is no file ${file}`, exitCodes.unreachable);
  const { storage } = await storageOf(values, context);
  if (typeof storage === "function")
    throw usageError("the config file has a storage for each tenant; name one by --storage");
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}

function fileOf(address: string | undefined, cwd: string): string | undefined {
  if (!address?.startsWith("file:") || address.includes(":memory:")) return undefined;
  const path = address.replace(/[?#].*$/, "");
  return path.startsWith("file://") ? fileURLToPath(path) : resolve(cwd, path.slice("file:".length));
}
