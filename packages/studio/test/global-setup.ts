import { mkdtempSync, rmSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildStudio } from "../build.ts";
import { runQuickStart } from "./quick-start.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the built Studio. */
    studio: string;
    /** A database that the quick start wrote. Tests work on copies. */
    desk: string;
  }
}

/** The Studio as it is built, kept while no source is newer, and the quick start's data. */
export default async function setup(project: TestProject): Promise<() => void> {
  const modules = dirname(dirname(findPackageJSON("vite", import.meta.url) as string));
  const studio = join(modules, ".cache", "stowage", "studio");
  await buildStudio(studio);
  project.provide("studio", studio);

  const folder = mkdtempSync(join(tmpdir(), "stowage-studio-desk-"));
  const desk = join(folder, "desk.db");
  await runQuickStart(desk);
  project.provide("desk", desk);
  return () => rmSync(folder, { recursive: true, force: true });
}
