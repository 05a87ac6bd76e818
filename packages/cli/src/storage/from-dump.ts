import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { LibSQLStore } from "@stowage/libsql";
import { type Context, say } from "../command.ts";
import { importFile, requireFile } from "./import-file.ts";

/** An export as a storage, in a database of its own that is gone with `remove`. */
export interface Dump {
  storage: LibSQLStore;
  remove(): Promise<void>;
}

/**
 * Opens an export without the database that it came from. Lines that cannot be read, and a missing last line, are told on
 * standard error; the rest is shown.
 *
 * @throws CommandError when there is no such file.
 */
export async function storageFromDump(name: string, context: Context): Promise<Dump> {
  await requireFile(name, context);
  const folder = await mkdtemp(join(tmpdir(), "stowage-dump-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const id = basename(name).replace(/[^\w.-]/g, "_") || "dump";
  const storage = new LibSQLStore({ id, url: `file:${join(folder, "dump.db")}` });
  try {
    const { rejected, rejectedCount, isComplete } = await importFile(storage, name, "overwrite", context);
    if (rejectedCount > 0) {
      const [first] = rejected;
      say(context.stderr, `${rejectedCount} lines could not be read; the first is ${first?.line}: ${first?.reason}`);
    }
    if (!isComplete) say(context.stderr, "The export has no last line: it was cut short.");
    return { storage, remove };
  } catch (error) {
    await storage.close();
    await remove();
    throw error;
  }
}
