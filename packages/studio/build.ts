import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const here = import.meta.dirname;
const inputs = ["build.ts", "index.html", "package.json", "vite.config.ts", "public", "src"];

/** Builds the static files into a folder, unless it holds a build that is newer than every source. */
export async function buildStudio(outDir: string): Promise<void> {
  const built = join(outDir, "index.html");
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...inputs.map((name) => newest(join(here, name)))))
    return;
  // A test runner has a mode of its own, in which React would come with its development half.
  const { env } = process;
  process.env = { ...env, NODE_ENV: "production" };
  try {
    await build({ configFile: join(here, "vite.config.ts"), build: { outDir }, logLevel: "warn" });
  } finally {
    process.env = env;
  }
}

function newest(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
