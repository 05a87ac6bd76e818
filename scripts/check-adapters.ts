// Fails when an adapter package lacks what every other one has. The common shape is data: adapters.json.
import { join } from "node:path";
import shape from "./adapters.json" with { type: "json" };
import { findDifferences } from "./adapters.ts";
import { root } from "./workspace.ts";

const differences = await findDifferences(join(root, "packages"), shape);
for (const difference of differences) console.error(difference);
console.log(`${shape.adapters.length} adapters, ${differences.length} differences.`);
process.exitCode = differences.length ? 1 : 0;
