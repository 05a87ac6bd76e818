import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
/** Less than this is not worth a try, in bytes: containers have 64 MiB unless told otherwise. */
const leastRoom = 2 ** 30;

/** A folder for the data of a test, in memory where the machine has room for it: databases wait for the disk at every write. */
export function scratchFolder({ inMemory = true } = {}): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(inMemory && hasRoom() ? memory : tmpdir(), "stowage-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= leastRoom;
  } catch {
    return false;
  }
}
