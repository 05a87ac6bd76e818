import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, inject, test } from "vitest";

const studio = inject("studio");
const html = readFileSync(join(studio, "index.html"), "utf8");

test("the scripts of the first screen are under 300 KB compressed", () => {
  const names = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(0);
  const bytes = names.reduce((sum, name) => sum + gzipSync(readFileSync(join(studio, name))).length, 0);
  expect(bytes).toBeLessThan(300_000);
});

test("React comes without its development half", () => {
  const scripts = readdirSync(join(studio, "assets")).filter((name) => name.endsWith(".js"));
  for (const name of scripts) {
    expect(readFileSync(join(studio, "assets", name), "utf8"), name).not.toContain(
      "Please update the following components",
    );
  }
});

test("nothing is loaded from elsewhere, and no script stands in the page", () => {
  expect(html).not.toMatch(/(src|href)="https?:/);
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
  const styles = readdirSync(join(studio, "assets")).filter((name) => name.endsWith(".css"));
  for (const name of styles)
    expect(readFileSync(join(studio, "assets", name), "utf8"), name).not.toMatch(/url\(["']?https?:/);
});
