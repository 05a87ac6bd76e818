// Builds the static files of the Studio, unless they are newer than every source.
import { join } from "node:path";
import { buildStudio } from "../packages/studio/build.ts";
import { root } from "./workspace.ts";

// A test that calls this has another, with which React would be built for development.
process.env.NODE_ENV = "production";
await buildStudio(join(root, "packages", "studio", "dist", "app"));
