import { writeFileSync } from "node:fs";
import { facts } from "../facts.ts";
import { plain } from "../tables.ts";
import { d1Document, d1Missed, d1Table } from "./report.ts";
import { type D1Options, runD1 } from "./run.ts";

const command = "npm run bench -- --database d1";

/** Runs the benchmark inside Workers and tells what it found. */
export async function benchD1(options: D1Options & { readonly json: boolean; readonly docs: string | undefined }) {
  const lines = await runD1(options);
  options.progress("");
  if (options.json) console.log(JSON.stringify(lines, null, 2));
  else {
    console.log(plain(d1Table(lines)));
    for (const missed of d1Missed(lines)) console.log(`  missed  ${missed}`);
  }
  if (options.docs) {
    const about = facts(["@stowage/cloudflare-d1", "@mastra/cloudflare-d1", "@mastra/core", "miniflare"]);
    writeFileSync(options.docs, d1Document(lines, about, options.rounds, command));
  }
}
