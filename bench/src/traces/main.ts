import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { facts } from "../facts.ts";
import { runTask, stopTasks } from "../run-task.ts";
import { median } from "../statistics.ts";
import type { Stage } from "./scale.ts";
import { type TraceDatabaseKey, traceDatabaseKeys, traceDatabases } from "./subjects.ts";

const root = join(import.meta.dirname, "../../..");

const help = `Measures traces: how fast they are taken in, beside the peer and the bare client, and how they are read at scale.

npm run bench:traces -- [options]

  --database <name>   ${traceDatabaseKeys.join(", ")} (default libsql)
  --part <name>       ingest or scale (default both)
  --rounds <n>        how often the variants of ingest take turns (default 3)
  --ingest-spans <n>  spans of a turn (default 20000), in batches of 1,000 from 4 writers
  --spans <n>         spans of scale (default 5000000); read at a tenth of them and at all
  --only <names>      variants of ingest, such as stowage,peer
  --json              the result as JSON on standard output
  --source            run the packages' sources instead of building them first
  --profile <folder>  write CPU profiles of Stowage's turns of ingest
`;

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "libsql" },
    part: { type: "string" },
    rounds: { type: "string", default: "3" },
    "ingest-spans": { type: "string", default: "20000" },
    spans: { type: "string", default: "5000000" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
    source: { type: "boolean", default: false },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const refuse = (why: string): never => {
  console.error(why);
  process.exit(2);
};
const whole = (name: "rounds" | "ingest-spans" | "spans"): number => {
  const value = Number(values[name]);
  return Number.isInteger(value) && value > 0 ? value : refuse(`--${name} takes a whole number from 1 on`);
};
const key = values.database as TraceDatabaseKey;
if (!traceDatabaseKeys.includes(key)) refuse(`--database takes ${traceDatabaseKeys.join(", ")}, not ${key}`);
if (values.part && !["ingest", "scale"].includes(values.part)) refuse("--part takes ingest or scale");
const database = traceDatabases[key];
const only = values.only?.split(",");
const variants = Object.keys(database.variants).filter((name) => !only || only.includes(name));
const rounds = whole("rounds");
const ingestSpans = whole("ingest-spans");
const scaleSpans = whole("spans");

if (!values.source) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/build.ts")], {
    encoding: "utf8",
  });
  if (status !== 0) refuse(`the packages cannot be built; --source runs without that\n${stdout}${stderr}`);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stopTasks);

const folder = mkdtempSync(join(tmpdir(), "stowage-bench-traces-"));
const places = await database.start(folder);
try {
  const rates = values.part === "scale" ? undefined : await runIngest();
  const stages = values.part === "ingest" ? undefined : await runScale();
  const { cores, node, packages } = facts(database.packages);
  if (values.json) console.log(JSON.stringify({ database: key, cores, node, packages, rates, stages }, null, 2));
  else {
    console.log(`${database.title}, ${cores} cores, Node ${node}`);
    console.log(
      Object.entries(packages)
        .map((entry) => entry.join(" "))
        .join(", "),
    );
    if (rates) showIngest(rates);
    if (stages) showScale(stages);
  }
} finally {
  await places.stop();
  rmSync(folder, { recursive: true, force: true });
}

type Rates = Record<string, (number | string)[]>;

/** Spans a second of each variant in each round; the order of the variants turns round each time. */
async function runIngest(): Promise<Rates> {
  const found: Rates = {};
  for (let round = 0; round < rounds; round++) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      const place = places.place(`ingest_${variant}_${round}`);
      const args = { database: key, variant, place, spans: ingestSpans, writers: 4, batch: 1000 };
      const profile = values.profile !== undefined && variant === "stowage";
      const rate = await runTask("ingest", args, {
        source: values.source,
        ...(profile && { profile: { folder: values.profile as string, name: `ingest-${key}-${round}` } }),
      }).catch((error: Error) => error.message.slice(0, 300));
      found[variant] = [...(found[variant] ?? []), rate];
      console.error(`ingest, round ${round + 1}, ${variant}: ${typeof rate === "number" ? Math.round(rate) : rate}`);
      await places.remove(place);
    }
  }
  return found;
}

async function runScale(): Promise<Stage[]> {
  const place = places.place("scale");
  const args = { database: key, place, spans: scaleSpans, longTrace: 2000 };
  const stages = await runTask("scale", args, { source: values.source });
  await places.remove(place);
  return stages;
}

function showIngest(rates: Rates): void {
  const numbers = (variant: string) =>
    (rates[variant] ?? []).map((rate) => (typeof rate === "number" ? rate : Number.NaN));
  const ours = numbers("stowage");
  console.log(`\ningest, batches of 1,000 spans from 4 writers, median of ${rounds} rounds`);
  for (const variant of variants) {
    const theirs = numbers(variant);
    const ratio = median(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
    const rate = Math.round(median(theirs)).toLocaleString("en");
    console.log(
      `  ${(database.variants[variant]?.title ?? "").padEnd(36)}${rate.padStart(10)} spans/s   Stowage ${ratio.toFixed(2)}x`,
    );
  }
}

function showScale(stages: readonly Stage[]): void {
  const thousands = (value: number | undefined) => (value === undefined ? "?" : Math.round(value).toLocaleString("en"));
  for (const { spans, traces, fill } of stages) {
    console.log(`\n${thousands(spans)} spans in ${thousands(traces)} traces; written in ${fill.toFixed(0)} s`);
  }
  console.log(`\n${"".padEnd(34)}${stages.map(({ spans }) => `at ${thousands(spans)}`.padStart(26)).join("")}`);
  for (const { name } of stages[0]?.readings ?? []) {
    const cells = stages.map(({ readings }) => {
      const { time, rows, found } = readings.find((each) => each.name === name)!;
      return `${time.toFixed(1)} ms, ${thousands(rows)} rows (${found})`.padStart(26);
    });
    console.log(`${name.padEnd(34)}${cells.join("  ")}`);
  }
}
