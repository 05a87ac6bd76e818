// Fails when an import points up. What may import what is in floors.ts.
import { findViolations } from "./floors.ts";
import { root } from "./workspace.ts";

const { violations, modules } = await findViolations(root);
for (const { rule, from, to, why } of violations) console.error(`${from}\n  imports ${to}\n  ${rule}: ${why}`);
console.log(`${modules} modules, ${violations.length} imports that point up or round in a circle.`);
process.exitCode = violations.length ? 1 : 0;
