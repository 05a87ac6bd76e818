import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects what nothing refers to any more. Statements of the native library end when they are collected, and until then
 * they keep a closed database's file open, which Windows does not let anybody remove or move.
 */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  await new Promise((resolve) => setImmediate(resolve));
}
