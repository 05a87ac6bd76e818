// npm test: sets up what is missing, runs every check, and closes with one line of counts.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { interrupted, root, run, runNode, setUp, sourceCondition } from "./setup.mjs";

const vitestReport = join(root, "node_modules", ".cache", "stowage", "vitest.json");

/** In order. `needs` names a step whose failure makes this one meaningless. */
const steps = [
  { name: "lint", title: "lint and format", run: () => run("biome", ["check", "--error-on-warnings", "."]) },
  { name: "floors", title: "imports point down only", run: () => runNode(["scripts/check-floors.ts"]) },
  { name: "types", title: "types, tests included", run: () => run("npm", ["run", "--silent", "check:types"]) },
  {
    name: "defects",
    title: "the list of field defects is current",
    run: () => runNode(["scripts/field-defects.ts", "--check"]),
  },
  { name: "vitest", title: "tests", run: runVitest },
  {
    name: "tested",
    title: "the table of what ran is current",
    // A contributor's machine may lack a database, and a part of the tests tells nothing of the rest.
    run: async () => (process.env.CI && !vitestArgs.length ? runNode(["scripts/tested.ts", "--check"]) : 0),
    needs: "vitest",
  },
  { name: "build", title: "build", run: () => runNode(["scripts/build.ts"]) },
  {
    name: "packages",
    title: "packages as published",
    run: () => runNode(["scripts/check-packages.ts"]),
    needs: "build",
  },
  {
    name: "adapters",
    title: "adapters have one shape",
    run: () => runNode([sourceCondition, "scripts/check-adapters.ts"]),
  },
];
const names = steps.map((step) => step.name);

const usage = `npm test -- [--only STEP[,STEP]] [-- VITEST ARGUMENTS]

Runs, in order:
${steps.map((step) => `  ${step.name.padEnd(10)}${step.title}`).join("\n")}

  --only STEP   run only these steps, as in: npm test -- --only lint,types
  --help        show this text

What follows a second "--" goes to vitest, as in: npm test -- --only vitest -- --project core
The last line counts the tests of vitest, and each other step as one.`;

const { only, help, vitestArgs } = readArguments(process.argv.slice(2));
if (help) {
  console.log(usage);
  process.exit(0);
}

const setUpCode = await setUp();
if (setUpCode !== 0) finish({ passed: 0, failed: 1, skipped: 0 }, setUpCode);

const results = new Map();
for (const step of steps.filter((step) => only.includes(step.name))) {
  console.log(`\n── ${step.title} (${step.name}) ──`);
  const started = Date.now();
  if (results.get(step.needs)?.failed) {
    results.set(step.name, { passed: 0, failed: 0, skipped: 1, note: `skipped, as ${step.needs} failed` });
  } else {
    const code = await step.run().catch((error) => {
      console.error(error.message);
      return 1;
    });
    if (interrupted()) process.exit(code);
    results.set(
      step.name,
      step.name === "vitest" ? countVitest(code) : { passed: +!code, failed: +!!code, skipped: 0 },
    );
  }
  const { failed, note } = results.get(step.name);
  console.log(`${note ?? (failed ? "failed" : "ok")} (${step.name}, ${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const result of results.values()) for (const key of Object.keys(total)) total[key] += result[key];
const failures = [...results].filter(([, result]) => result.failed).map(([name]) => name);
if (failures.length) console.log(`\nFailed: ${failures.join(", ")}. Again: npm test -- --only ${failures.join(",")}`);
finish(total, failures.length ? 1 : 0);

function finish({ passed, failed, skipped }, code) {
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
  process.exit(code);
}

function readArguments(args) {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  try {
    const options = {
      only: { type: "string", multiple: true },
      help: { type: "boolean", short: "h" },
    };
    const { values } = parseArgs({ args: own, options });
    const only = values.only?.flatMap((list) => list.split(",")) ?? names;
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`There is no step "${unknown}"; there are ${names.join(", ")}.`);
    return { only, help: values.help, vitestArgs: end < 0 ? [] : args.slice(end + 1) };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

function runVitest() {
  mkdirSync(dirname(vitestReport), { recursive: true });
  // Yesterday's report must not be counted when vitest fails before it writes one.
  rmSync(vitestReport, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${vitestReport}`];
  return run("vitest", ["run", ...reporters, ...vitestArgs]);
}

function countVitest(code) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const file of JSON.parse(readFileSync(vitestReport, "utf8")).testResults) {
      let failedInFile = 0;
      for (const test of file.assertionResults) {
        if (test.status === "passed") counts.passed++;
        else if (test.status === "failed") failedInFile++;
        else counts.skipped++;
      }
      // A file that could not be loaded, or a hook that failed, has no failed test of its own.
      counts.failed += file.status === "failed" ? Math.max(failedInFile, 1) : failedInFile;
    }
  } catch (error) {
    console.error(`There is no vitest report: ${error.message}`);
  }
  // Errors outside any test show only in the exit code.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
