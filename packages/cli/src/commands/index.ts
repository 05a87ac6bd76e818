import type { Command } from "../command.ts";
import { doctor } from "./doctor.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { migrate } from "./migrate.ts";
import { prune } from "./prune.ts";
import { serve } from "./serve.ts";
import { studio } from "./studio.ts";

/** Every command by its name, in the order of the help. */
export const commands: Readonly<Record<string, Command>> = {
  studio,
  serve,
  doctor,
  migrate,
  export: exportCommand,
  import: importCommand,
  prune,
};
