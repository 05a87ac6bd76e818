import {
  type CallOptions,
  type ConvergeOptions,
  type ConvergeReport,
  isStorageError,
  jitter,
  pause,
} from "@stowage/core/engine";
import { BatchFailure, type SqlConnection, type SqlRow, type Statement } from "../connection.ts";
import type { Dialect } from "../dialect.ts";
import type { TableMapping } from "../mapping.ts";
import { type Catalog, readCatalog } from "./catalog.ts";
import { planSchema, type SchemaPlan } from "./plan.ts";

export interface Convergence {
  readonly connection: SqlConnection;
  readonly dialect: Dialect;
  readonly prefix: string;
  readonly mappings: readonly TableMapping[];
  readonly options: ConvergeOptions;
}

const attempts = 8;

/**
 * Reads the catalogue and applies what is missing in one transaction. Where several processes start together the first one
 * applies it; the others, on an interactive connection, look again inside their own transaction, and elsewhere fail on
 * what is there already and start over.
 */
export async function converge(task: Convergence): Promise<ConvergeReport> {
  const { connection, options } = task;
  const plan = planFor(task, await loadCatalog(task, connection, options));
  if (plan.statements.length === 0 || options.dryRun) return plan;
  if (connection.kind === "interactive") {
    return connection.transaction((session) => {
      const steps = catalogSteps(task);
      let step = steps.next();
      while (!step.done) step = steps.next(step.value.map(({ sql, args }) => session.all(sql, args)));
      const fresh = planFor(task, step.value);
      for (const sql of fresh.statements) session.run(sql, []);
      return fresh;
    }, options);
  }
  let current = plan;
  for (let tries = 0; current.statements.length > 0; tries++) {
    try {
      await connection.batch(
        current.statements.map((sql) => ({ sql, args: [] })),
        options,
      );
      break;
    } catch (error) {
      if (isStorageError(error) || tries + 1 === attempts) throw error instanceof BatchFailure ? error.cause : error;
      await pause(jitter(tries), options);
      current = planFor(task, await loadCatalog(task, connection, options));
    }
  }
  return current;
}

const catalogSteps = ({ mappings, dialect, prefix }: Convergence) => readCatalog(mappings, dialect, prefix);

async function loadCatalog(task: Convergence, connection: SqlConnection, options: CallOptions): Promise<Catalog> {
  const steps = catalogSteps(task);
  let step: IteratorResult<readonly Statement[], Catalog> = steps.next();
  while (!step.done) {
    const answers: readonly (readonly SqlRow[])[] = await connection.read(step.value, options);
    step = steps.next(answers);
  }
  return step.value;
}

const planFor = ({ mappings, dialect, prefix, connection, options }: Convergence, catalog: Catalog): SchemaPlan =>
  planSchema(mappings, catalog, {
    dialect,
    prefix,
    adopt: options.adopt ?? false,
    needsGuard: connection.kind === "batch",
  });
