import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Item } from "./item.ts";

export interface SpoolOptions {
  /** A folder for nothing else, made when it is missing. Several processes may share it. */
  folder: string;
  /** Bytes on disk; what does not fit is refused. Default 256 MiB. */
  maxBytes?: number;
  /** Bytes of one file. Default 8 MiB. */
  segmentBytes?: number;
}

const suffix = ".spool.ndjson";

/**
 * Items on disk while the database is away: files of JSON lines, synced when they are closed and removed when the database
 * has all of their items. What a crash left is found at the next start; a last line that was cut off is passed over.
 */
export class Spool {
  readonly #options: Required<SpoolOptions>;
  #current: { handle: FileHandle; path: string; bytes: number } | undefined;
  #sequence = 0;
  /** Bytes on disk; `undefined` until they were counted. */
  #bytes: number | undefined;
  /** One operation at a time. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: SpoolOptions) {
    this.#options = { maxBytes: 256 * 1024 * 1024, segmentBytes: 8 * 1024 * 1024, ...options };
  }

  /** Keeps items, and returns those for which there was no room. */
  put(items: Item[]): Promise<Item[]> {
    return this.#inTurn(async () => {
      const rest: Item[] = [];
      for (const item of items) {
        const line = `${JSON.stringify(item)}\n`;
        const bytes = Buffer.byteLength(line);
        if ((await this.#used()) + bytes > this.#options.maxBytes) {
          rest.push(item);
          continue;
        }
        const segment = await this.#segment();
        await segment.handle.appendFile(line);
        segment.bytes += bytes;
        this.#bytes = (this.#bytes ?? 0) + bytes;
        if (segment.bytes >= this.#options.segmentBytes) await this.#rotate();
      }
      await this.#current?.handle.sync();
      return rest;
    });
  }

  /**
   * Gives the items of file after file, oldest first, and removes each that was taken. Stops at the first that was not. Files
   * that another living process writes are its own.
   *
   * @returns whether nothing is left.
   */
  drain(take: (items: Item[]) => Promise<boolean>): Promise<boolean> {
    return this.#inTurn(async () => {
      if ((await this.#used()) === 0) return true;
      await this.#rotate();
      for (const name of await this.#segments()) {
        if (isAnothers(name)) continue;
        const path = join(this.#options.folder, name);
        const items = (await readFile(path, "utf8")).split("\n").flatMap(itemOf);
        if (!(await take(items))) return false;
        await rm(path, { force: true });
      }
      this.#bytes = undefined;
      return true;
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#rotate());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work, work);
    this.#tail = turn.catch(() => {});
    return turn;
  }

  async #segments(): Promise<string[]> {
    await mkdir(this.#options.folder, { recursive: true });
    return (await readdir(this.#options.folder)).filter((name) => name.endsWith(suffix)).sort();
  }

  async #used(): Promise<number> {
    if (this.#bytes !== undefined) return this.#bytes;
    let bytes = 0;
    for (const name of await this.#segments()) bytes += (await stat(join(this.#options.folder, name))).size;
    this.#bytes = bytes;
    return bytes;
  }

  async #segment() {
    if (!this.#current) {
      await this.#segments();
      const name = `${Date.now().toString().padStart(15, "0")}-${process.pid}-${String(this.#sequence++).padStart(6, "0")}${suffix}`;
      const path = join(this.#options.folder, name);
      this.#current = { handle: await open(path, "a"), path, bytes: 0 };
    }
    return this.#current;
  }

  async #rotate(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    if (!current) return;
    await current.handle.sync();
    await current.handle.close();
  }
}

/** Whether the process that a file's name tells of still runs, and is not this one. */
function isAnothers(name: string): boolean {
  const pid = Number(name.split("-")[1]);
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function itemOf(line: string): Item[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as Item];
  } catch {
    return [];
  }
}
