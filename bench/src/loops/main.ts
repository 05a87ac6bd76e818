import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Data } from "../data.ts";
import type { Database } from "../database.ts";
import { databases } from "../databases/index.ts";
import { facts } from "../facts.ts";
import { writeLoop } from "./loop.ts";

const help = `Weighs the traces of agent loops: what Stowage and the peer need on disk for the same spans.

node --conditions=@stowage/source bench/src/loops/main.ts [options]

  --database <name>   libsql or pg (default libsql)
  --loops <n>         how many (default 1000)
  --steps <n>         model calls of a loop, each with the conversation so far (default 30)
`;

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "libsql" },
    loops: { type: "string", default: "1000" },
    steps: { type: "string", default: "30" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const weighed: Readonly<Record<string, Database>> = { libsql: databases.libsql, pg: databases.pg };
const database = weighed[values.database];
const [loops, steps] = [Number(values.loops), Number(values.steps)];
if (!database || !Number.isInteger(loops) || loops < 1 || !Number.isInteger(steps) || steps < 1) {
  console.error(help);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "stowage-bench-loops-"));
const places = await database.start(folder);
try {
  const bytes = { stowage: await weigh("stowage"), peer: await weigh("peer") };
  const { cores, node, packages } = facts(database.packages);
  console.log(`\n${loops} loops of ${steps} steps on ${database.title}, node ${node}, ${cores} cores`);
  console.log(Object.entries(packages).flat().join(" "));
  for (const [name, total] of Object.entries(bytes)) {
    console.log(`${name.padEnd(8)} ${(total / 1e6).toFixed(1)} MB, ${(total / loops / 1e3).toFixed(1)} KB a loop`);
  }
  console.log(`the peer's over ours: ${(bytes.peer / bytes.stowage).toFixed(2)} (to reach: 5)`);
} finally {
  await places.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Bytes that the loops add to a database with the schema. */
async function weigh(key: "stowage" | "peer"): Promise<number> {
  const { prepare, settle, size, variants } = database as Database;
  const variant = variants[key];
  const place = places.place(`loops_${key}`);
  await prepare?.(place);
  if (!variant || !settle || !size) throw new Error(`${key} cannot be weighed here`);
  await (await variant.open(place)).close();
  await settle(place);
  const before = await size(place);
  const subject = await variant.open(place);
  const data = new Data(6);
  const from = performance.now();
  for (let loop = 0; loop < loops; loop++) await writeLoop(subject.observability, data, steps);
  console.log(`${variant.title}: written in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  await subject.close();
  await settle(place);
  const added = (await size(place)) - before;
  await places.remove?.(place);
  return added;
}
