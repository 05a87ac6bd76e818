import { HttpError } from "./errors.ts";

/** What the official client also asks for and no storage of seven domains has. */
const areas = [
  "stored",
  "agents",
  "vector",
  "vectors",
  "embedders",
  "schedules",
  "background-tasks",
  "v1",
  "channels",
  "workspaces",
  "mcp",
  "tools",
  "processors",
  "a2a",
];

/** Whether a path below the prefix belongs to an area that is not kept here, rather than to none at all. */
export const isOutOfScope = (path: string): boolean => areas.includes(path.split("/")[1] ?? "");

export const outOfScope = () =>
  new HttpError(501, "this is outside of what a storage server keeps", { code: "out_of_scope" });
