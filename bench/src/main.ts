import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchD1 } from "./d1/index.ts";
import { type DatabaseKey, databaseKeys } from "./database.ts";
import { databases } from "./databases/index.ts";
import { document } from "./document.ts";
import { facts } from "./facts.ts";
import { operations } from "./operations.ts";
import { verdicts } from "./report.ts";
import { otherMeasures, runBench } from "./run.ts";
import { stopTasks } from "./run-task.ts";
import { type VariantKey, variantKeys } from "./subject.ts";
import { plain, tables } from "./tables.ts";

const root = join(import.meta.dirname, "../..");

const help = `Compares Stowage with its peer and with statements written by hand, on one database.

npm run bench -- [options]

  --database <name>     ${databaseKeys.join(", ")} (default libsql) or d1, inside Workers
  --only <pattern>      what to measure: a regular expression for the names below
  --rounds <n>          how often the variants take turns (default 5)
  --variants <names>    of ${variantKeys.join(", ")} (default all)
  --quick               everything once on small stores, to see that it works; the figures mean nothing
  --json                the result as JSON on standard output
  --write-docs          write docs/benchmarks-<database>.md (a whole run only)
  --source              run the packages' sources instead of building them first
  --profile <folder>    write CPU profiles of Stowage's trials

${[...operations.map(({ key, title }) => [key, title]), ...Object.entries(otherMeasures)]
  .map(([key, title]) => `  ${key!.padEnd(20)}  ${title}`)
  .join("\n")}
`;

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "libsql" },
    only: { type: "string" },
    rounds: { type: "string" },
    variants: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    "write-docs": { type: "boolean", default: false },
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

const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1) refuse("--rounds takes a whole number from 1 on");
if (values.database === "d1") {
  if (values["write-docs"] && (values.only || values.quick)) refuse("--write-docs needs a whole run");
  await benchD1({
    rounds,
    quick: values.quick,
    only: values.only === undefined ? undefined : new RegExp(values.only, "i"),
    json: values.json,
    docs: values["write-docs"] ? join(root, "docs/benchmarks-d1.md") : undefined,
    progress,
  });
  process.exit();
}
if (!databaseKeys.includes(values.database as DatabaseKey))
  refuse(`--database takes ${databaseKeys.join(", ")}, d1, not ${values.database}`);
const database = databases[values.database as DatabaseKey];
const known = variantKeys.filter((key) => database.variants[key]);
const variants = (values.variants?.split(",") ?? known) as VariantKey[];
for (const variant of variants) {
  if (!known.includes(variant)) refuse(`--variants takes ${known.join(", ")}, not ${variant}`);
}
const whole = !values.only && !values.quick && variants.length === known.length;
if (values["write-docs"] && !whole) refuse("--write-docs needs a whole run: without --only, --quick and --variants");

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  // The run fails when its tasks are gone, and removes its files.
  process.once(signal, () => {
    stopped = code;
    stopTasks();
  });
}
let stopped: number | undefined;

if (!values.source) {
  progress("building the packages");
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/build.ts")], {
    encoding: "utf8",
  });
  if (status !== 0) refuse(`\nthe packages cannot be built; --source runs without that\n${stdout}${stderr}`);
}
if (values.profile) mkdirSync(values.profile, { recursive: true });

const report = await runBench({
  database,
  only: values.only === undefined ? undefined : new RegExp(values.only, "i"),
  rounds,
  quick: values.quick,
  source: values.source,
  variants,
  profile: values.profile,
  command: `npm run bench -- --database ${database.key}`,
  facts: facts(database.packages),
  progress: (text) => {
    if (stopped !== undefined) throw new Error("stopped");
    progress(text);
  },
}).catch((error: unknown) => {
  if (stopped === undefined) throw error;
  process.exit(stopped);
});
progress("");
if (stopped !== undefined) process.exit(stopped);

if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  for (const table of tables(report)) console.log(`${plain(table)}\n`);
  const judged = verdicts(report);
  const missed = judged.filter(({ met }) => !met);
  console.log(`Targets: ${judged.length - missed.length} met, ${missed.length} missed`);
  for (const { target, found } of missed) console.log(`  missed  ${target}: ${found}`);
}
if (values["write-docs"]) {
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, `docs/benchmarks-${database.key}.md`), document(report));
}

const failures = [
  ...report.operations.map(({ key, rounds }) => ({ key, rounds })),
  ...report.history.map(({ messages, rounds }) => ({ key: `history of ${messages}`, rounds })),
  { key: "export", rounds: report.export?.rounds ?? {} },
  { key: "step-bytes", rounds: report.stepBytes ?? {} },
  { key: "disk", rounds: report.disk ?? {} },
  { key: "start", rounds: report.start ?? {} },
].flatMap(({ key, rounds }) =>
  Object.entries(rounds).flatMap(([variant, found]) =>
    Array.isArray(found) ? [] : [`${key}, ${variant}: ${found.error}`],
  ),
);
for (const failure of failures) console.error(`failed  ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;

/** One line that is written over on a terminal, else a line each. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text) process.stderr.write(`${text}\n`);
}
