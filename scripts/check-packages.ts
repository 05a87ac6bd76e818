// Packs every public package that has sources and checks what its users would get: manifest, types, and that it loads.
// Needs a build.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { root, sourcePackages, type WorkspacePackage } from "./workspace.ts";

const packages = sourcePackages().filter(({ manifest }) => !manifest.private);
const scratch = mkdtempSync(join(tmpdir(), "stowage-pack-"));
let wrong = 0;

try {
  for (const entry of packages) {
    const tarball = pack(entry);
    const problems = [...(await manifestProblems(entry, tarball)), ...typeProblems(tarball), ...loadProblems(entry)];
    console.log(`${entry.manifest.name}: ${problems.length ? "" : "ok"}`);
    for (const problem of problems) console.error(`  ${problem}`);
    wrong += problems.length;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = wrong ? 1 : 0;

function pack({ path }: WorkspacePackage): string {
  const args = ["pack", "--json", "--loglevel=error", "--ignore-scripts", "--pack-destination", scratch];
  const [packed] = Object.values(JSON.parse(execFileSync("npm", args, { cwd: path, encoding: "utf8" })));
  return join(scratch, (packed as { filename: string }).filename);
}

async function manifestProblems({ manifest }: WorkspacePackage, tarball: string): Promise<string[]> {
  const bytes = readFileSync(tarball);
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages } = await publint({ pack: { tarball: data }, strict: true });
  return messages.map((message) => formatMessage(message, manifest, { color: false }) ?? message.code);
}

function typeProblems(tarball: string): string[] {
  const args = [
    tarball,
    "--profile",
    "esm-only",
    "--format",
    "ascii",
    "--no-emoji",
    "--no-color",
    "--no-definitely-typed",
  ];
  const { status, stdout, stderr } = spawnSync("attw", args, { cwd: root, encoding: "utf8" });
  return status === 0 ? [] : [`${stdout}${stderr}`.trim()];
}

/** Imports every entry from `dist`, as someone without the source condition does. */
function loadProblems({ manifest }: WorkspacePackage): string[] {
  return Object.keys(manifest.exports as Record<string, unknown>)
    .filter((entry) => !entry.endsWith(".json"))
    .flatMap((entry) => {
      const name = `${manifest.name}${entry.slice(1)}`;
      const program = `await import(${JSON.stringify(name)})`;
      const { status, stderr } = spawnSync("node", ["--input-type=module", "-e", program], {
        cwd: root,
        encoding: "utf8",
      });
      return status === 0 ? [] : [`${name} does not load: ${stderr.trim()}`];
    });
}
