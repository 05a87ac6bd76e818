// Writes docs/tested.md from the report of a whole test run: which suites ran on which database. --check fails when it is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./workspace.ts";

/** The part of Vitest's JSON report that matters here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly status: string }[];
  }[];
}

const suites = ["engine", "model", "faults", "requests"] as const;
const domains = ["memory", "workflows", "scores", "observability", "agents", "datasets", "experiments"] as const;
const columns: readonly string[] = [...suites, ...domains];

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** Rows by package and by how its database is reached, with a count for each suite. */
export function countSuites(report: Report, folder: string): Map<string, Map<string, Count>> {
  const rows = new Map<string, Map<string, Count>>();
  for (const { name, assertionResults } of report.testResults) {
    const [, adapter] = /^packages\/([^/]+)\//.exec(relative(folder, name)) ?? [];
    if (!adapter) continue;
    for (const { ancestorTitles, status } of assertionResults) {
      const at = ancestorTitles.findIndex((title) => /: (engine|model|faults|requests|domains)$/.test(title));
      if (at < 0) continue;
      const [, label = "", kind = ""] = /^(.*): (\w+)$/.exec(ancestorTitles[at] as string) ?? [];
      const column = kind === "domains" ? (ancestorTitles[at + 1] ?? "") : kind;
      if (!columns.includes(column)) continue;
      const row = `${adapter} | ${[...ancestorTitles.slice(0, at), label].join(", ")}`;
      const counts = rows.get(row) ?? new Map<string, Count>();
      const count = counts.get(column) ?? { passed: 0, failed: 0, skipped: 0 };
      rows.set(row, counts.set(column, count));
      count[status === "passed" || status === "failed" ? status : "skipped"]++;
    }
  }
  return rows;
}

function mark(count: Count | undefined): string {
  if (!count) return "";
  if (count.failed > 0) return "**failed**";
  if (count.passed === 0) return "not run";
  return count.skipped > 0 ? "●" : "✓";
}

/** The page. */
export function render(rows: ReadonlyMap<string, ReadonlyMap<string, Count>>): string {
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([row, counts]) => `| ${row} | ${columns.map((column) => mark(counts.get(column))).join(" | ")} |`);
  return `# What is tested on which database

<!-- Written by \`npm run docs:tested\` after a whole \`npm test\`, which compares it in CI. -->

\`engine\` is the contract of an engine, \`model\` random lives beside the in-memory engine, \`faults\` a fault at every call, and
\`requests\` the budget of the calls of a working agent; the others are the suites of the domains. ✓: all of it passed; ●: all of it
passed but what the database has not, by its [capabilities](capabilities.md). Each package has tests of its own besides.

| package | on | ${columns.join(" | ")} |
| --- | --- |${" --- |".repeat(columns.length)}
${lines.join("\n")}
`;
}

if (import.meta.main) {
  const page = join(root, "docs/tested.md");
  const report = join(root, "node_modules/.cache/stowage/vitest.json");
  const current = render(countSuites(JSON.parse(readFileSync(report, "utf8")) as Report, root));
  if (!process.argv.includes("--check")) writeFileSync(page, current);
  else if (readFileSync(page, "utf8") !== current) {
    console.error(`docs/tested.md is stale: npm run docs:tested. It should be:\n\n${current}`);
    process.exitCode = 1;
  }
}
