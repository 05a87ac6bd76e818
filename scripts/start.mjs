// npm start: sets up what is missing and runs the quick start from source.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, runNode, setUp, sourceCondition } from "./setup.mjs";

const program = "examples/quickstart/src/main.ts";

if (!existsSync(join(root, program))) {
  console.error(`There is no quick start yet (${program}).`);
  process.exit(1);
}
const code = await setUp({ workspace: "examples/quickstart" });
process.exit(code || (await runNode([sourceCondition, program, ...process.argv.slice(2)])));
