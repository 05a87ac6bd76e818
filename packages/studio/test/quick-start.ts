import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Lets the quick start write its data into a file. */
export async function runQuickStart(file: string): Promise<void> {
  const program = join(import.meta.dirname, "../../../examples/quickstart/src/main.ts");
  const child = spawn(process.execPath, ["--conditions=@stowage/source", program, "--db", file, "--no-serve"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the quick start ended with ${code}:\n${output}`);
}
