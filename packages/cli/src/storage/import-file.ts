import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { MastraCompositeStore, StowageDomainKey, StowageDomains } from "@stowage/core";
import { type ImportReport, importLines, type OnConflict } from "@stowage/server";
import type { Context } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";

/** A file of the user's own is trusted more than a request. */
const limits = { depth: 1000, items: 10_000_000 };

/** @throws CommandError when there is no such file. `-` is standard input. */
export async function requireFile(name: string, { cwd }: Context): Promise<void> {
  if (name === "-") return;
  await access(resolve(cwd, name)).catch(() => {
    throw usageError(`there is no file ${name}`);
  });
}

/** Writes the lines of an export into a storage; a name in `.gz` is decompressed, `-` is standard input. */
export async function importFile(
  storage: MastraCompositeStore,
  name: string,
  onConflict: OnConflict,
  { cwd, stdin }: Context,
): Promise<ImportReport> {
  const stores = async <K extends StowageDomainKey>(key: K): Promise<StowageDomains[K]> => {
    const store = await storage.getStore(key);
    if (!store) throw new CommandError(`the storage has no domain ${key}`, exitCodes.failed);
    return store as StowageDomains[K];
  };
  const source = name === "-" ? stdin : createReadStream(resolve(cwd, name));
  const chunks = name.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  return importLines(Readable.from(chunks), stores, onConflict, limits);
}
