import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InMemoryStore, type MastraCompositeStore } from "@stowage/core";
import { LibSQLStore } from "@stowage/libsql";

/** A place for a database, and what opens a store there again and again. */
export interface Place {
  open(): MastraCompositeStore;
  remove(): void;
}

/** The stores every scenario runs on. */
export const places: Readonly<Record<string, () => Place>> = {
  "in memory": () => {
    const storage = new InMemoryStore();
    return { open: () => storage, remove() {} };
  },
  "a libSQL file": () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-mastra-"));
    const url = pathToFileURL(join(folder, "mastra.db")).href;
    return {
      open: () => new LibSQLStore({ id: "mastra", url }),
      remove: () => rmSync(folder, { recursive: true }),
    };
  },
};
