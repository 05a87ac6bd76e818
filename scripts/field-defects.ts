// Writes docs/field-defects.md: which test keeps which known defect out. --check fails when the page is stale.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fieldDefectGroups } from "./field-defects.data.ts";
import { root } from "./workspace.ts";

/** A test that carries the id of a defect in its title. */
export interface Sighting {
  readonly id: string;
  readonly file: string;
  /** What the test says; absent where the id stands in a table of cases. */
  readonly title?: string;
}

const places = ["packages", "examples", "bench", "docs"];
const skipped = new Set(["node_modules", "dist", "coverage"]);

/** Every mention of a defect in a string of the test sources. */
export function findSightings(content: string, file: string): Sighting[] {
  const sightings: Sighting[] = [];
  const strings =
    /(["'`])(FD-\d{3}(?: FD-\d{3})*)(?:: ((?:(?!\1)[^\\]|\\.)*))?\1(?:,\s*(["'`])((?:(?!\4)[^\\]|\\.)*)\4)?/g;
  for (const [, , ids, inTitle, , next] of content.matchAll(strings)) {
    const title = inTitle ?? next;
    for (const id of (ids as string).split(" "))
      sightings.push({ id, file, ...(title !== undefined && { title: title.replace(/\\(.)/g, "$1") }) });
  }
  return sightings;
}

/** The page. */
export function render(sightings: readonly Sighting[]): string {
  const byId = Map.groupBy(sightings, ({ id }) => id);
  const all = fieldDefectGroups.flatMap(({ defects }) => defects);
  const unknown = sightings.find(({ id }) => !all.some((defect) => defect.id === id));
  if (unknown) throw new Error(`${unknown.file} names ${unknown.id}, which is no known defect`);
  const shown = all.filter(({ id }) => byId.has(id)).length;
  const open = all.filter(({ id, later }) => !byId.has(id) && !later);

  const lines = [
    "# Defects known from the field",
    "",
    "<!-- Written by scripts/field-defects.ts; do not edit. -->",
    "",
    "What users of storage for agents have met elsewhere, and the tests that keep it out of Stowage. A test says so in its",
    'title: `fd("FD-040", "…")` of `@stowage/testkit`. Suites of the testkit run on every adapter.',
    "",
    `${all.length} defects: ${shown} kept out by tests, ${all.length - shown - open.length} for parts of Stowage beside the storage, ${open.length} open.`,
  ];
  for (const { name, defects } of fieldDefectGroups) {
    lines.push("", `## ${name}`, "", "| id | what users met | kept out by |", "| --- | --- | --- |");
    for (const { id, title, later } of defects) {
      const where = (byId.get(id) ?? []).map(describe);
      const rest = later ? `${where.length ? "and " : ""}later: ${later}` : where.length ? undefined : "**open**";
      lines.push(`| ${id} | ${title} | ${[...new Set(where), ...(rest ? [rest] : [])].join("<br>")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

const describe = ({ file, title }: Sighting): string =>
  `[${file.replace(/^packages\//, "")}](../${file})${title ? `: ${title.replaceAll("|", "\\|").replaceAll("<", "&lt;")}` : ""}`;

function* testSources(folder: string): Generator<string> {
  for (const name of readdirSync(folder).sort()) {
    if (skipped.has(name) || name.startsWith(".")) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* testSources(path);
    else if (isTestSource(relative(root, path).replaceAll("\\", "/"))) yield path;
  }
}

const isTestSource = (path: string): boolean =>
  path.endsWith(".test.ts") ||
  (path.endsWith(".ts") && (/\/test\//.test(path) || path.startsWith("packages/testkit/src/")));

if (import.meta.main) {
  const sightings = places.flatMap((place) =>
    [...testSources(join(root, place))].flatMap((path) =>
      findSightings(readFileSync(path, "utf8"), relative(root, path).replaceAll("\\", "/")),
    ),
  );
  const page = join(root, "docs", "field-defects.md");
  const content = render(sightings);
  if (!process.argv.includes("--check")) {
    writeFileSync(page, content);
    console.log(`Wrote ${relative(root, page)}: ${sightings.length} tests name a defect.`);
  } else if (readFileSync(page, "utf8") !== content) {
    console.error("docs/field-defects.md is stale. Run: node scripts/field-defects.ts");
    process.exitCode = 1;
  }
}
