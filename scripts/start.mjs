// npm start: sets up what is missing, builds the Studio, and runs the quick start from source.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, runNode, setUp, sourceCondition } from "./setup.mjs";

const program = "examples/quickstart/src/main.ts";

if (!existsSync(join(root, program))) {
  console.error(`There is no quick start yet (${program}).`);
  process.exit(1);
}
const args = process.argv.slice(2);
let code = await setUp({ workspaces: ["examples/quickstart", "packages/studio"] });
if (!code && !["--no-serve", "--help", "-h"].some((flag) => args.includes(flag))) {
  code = await runNode(["scripts/build-studio.ts"]);
}
process.exit(code || (await runNode([sourceCondition, program, ...args])));
