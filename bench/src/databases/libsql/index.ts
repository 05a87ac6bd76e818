import { copyFile, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../database.ts";
import { driver } from "./driver.ts";
import { native } from "./native.ts";
import { peer } from "./peer.ts";
import { stowage } from "./stowage.ts";

/** A local file. A place is its path. */
export const libsql: Database = {
  key: "libsql",
  title: "libSQL",
  variants: { stowage, peer, driver, native },
  packages: ["@stowage/libsql", "@mastra/libsql", "@mastra/core", "@libsql/client", "libsql"],
  targets: { mean: 4, driver: 0.8 },

  async start(folder) {
    return {
      place: (name) => join(folder, `${name}.db`),
      copy: (from, to) => copyFile(from, to),
      async remove(file) {
        for (const suffix of ["", "-wal", "-shm", "-journal"]) await rm(`${file}${suffix}`, { force: true });
      },
      async stop() {},
    };
  },

  /** Moves what the write-ahead log holds into the file, so that the file alone can be copied or weighed. */
  async settle(file) {
    const { default: Library } = await import("libsql");
    const database = new Library(file);
    database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
    database.close();
  },

  size: async (file) => (await stat(file)).size,

  async written(file) {
    const path = `${file}-wal`;
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    if (size < 32) return undefined;
    const handle = await open(path);
    try {
      // The salt changes when the log begins anew.
      const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 16);
      return { bytes: size, log: buffer.toString("hex") };
    } finally {
      await handle.close();
    }
  },
};
