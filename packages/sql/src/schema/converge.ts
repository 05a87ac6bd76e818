import {
  type CallOptions,
  type ConvergeOptions,
  type ConvergeReport,
  isStorageError,
  jitter,
  pause,
  StorageError,
} from "@stowage/core/engine";
import {
  type BatchConnection,
  BatchFailure,
  type Session,
  type SqlConnection,
  type SqlRow,
  type Statement,
} from "../connection.ts";
import type { Dialect } from "../dialect.ts";
import type { TableMapping } from "../mapping.ts";
import { adoptTable, describeAdoption } from "./adopt.ts";
import { type Catalog, readCatalog } from "./catalog.ts";
import { type Adoption, planSchema, type SchemaPlan } from "./plan.ts";

export interface Convergence {
  readonly connection: SqlConnection;
  readonly dialect: Dialect;
  readonly prefix: string;
  readonly mappings: readonly TableMapping[];
  readonly options: ConvergeOptions;
  /** The next revision. */
  readonly sequence: () => number;
}

const attempts = 8;

/**
 * Reads the catalogue and applies what is missing in one transaction. Where several processes start together the first one
 * applies it; the others, on an interactive connection, look again inside their own transaction, and elsewhere fail on
 * what is there already and start over.
 */
export async function converge(task: Convergence): Promise<ConvergeReport> {
  try {
    return await apply(task);
  } catch (error) {
    const violation = task.dialect.violation(error);
    if (violation?.kind !== "unique") throw error;
    throw new StorageError("rows of a table break a key that it is to have; nothing was changed", {
      code: "schema",
      details: { columns: violation.columns.join(", ") },
      cause: error,
    });
  }
}

async function apply(task: Convergence): Promise<ConvergeReport> {
  const { connection, options } = task;
  const plan = planFor(task, await loadCatalog(task, connection, options));
  if (isDone(plan) || options.dryRun) return reportOf(plan);
  if (connection.kind === "interactive") {
    return connection.transaction((session) => {
      const steps = catalogSteps(task);
      let step = steps.next();
      while (!step.done) step = steps.next(step.value.map(({ sql, args }) => session.all(sql, args)));
      const fresh = planFor(task, step.value);
      for (const sql of fresh.statements) session.run(sql, []);
      for (const adoption of fresh.adoptions) adoptWithin(session, task, adoption);
      return reportOf(fresh);
    }, options);
  }
  let current = plan;
  for (let tries = 0; !isDone(current); tries++) {
    try {
      if (current.statements.length > 0) await connection.batch(current.statements.map(statement), options);
      for (const adoption of current.adoptions) await adoptThrough(connection, task, adoption);
      break;
    } catch (error) {
      const cause = error instanceof BatchFailure ? error.cause : error;
      const isFinal = isStorageError(error) || task.dialect.violation(cause)?.kind === "unique";
      if (isFinal || tries + 1 === attempts) throw cause;
      await pause(jitter(tries), options);
      current = planFor(task, await loadCatalog(task, connection, options));
    }
  }
  return reportOf(current);
}

const isDone = ({ statements, adoptions }: SchemaPlan) => statements.length === 0 && adoptions.length === 0;

const reportOf = ({ statements, adoptions, unknown }: SchemaPlan): ConvergeReport => ({
  statements: [...statements, ...adoptions.flatMap(describeAdoption)],
  unknown,
});

const statement = (sql: string): Statement => ({ sql, args: [] });

function adoptWithin(session: Session, { prefix, sequence }: Convergence, adoption: Adoption): void {
  const steps = adoptTable(adoption, { prefix, sequence, guarded: false });
  for (let step = steps.next([]); !step.done; ) {
    if ("read" in step.value) step = steps.next(step.value.read.map(({ sql, args }) => session.all(sql, args)));
    else {
      for (const { sql, args } of step.value.write) session.run(sql, args);
      step = steps.next([]);
    }
  }
}

async function adoptThrough(
  connection: BatchConnection,
  { prefix, sequence, options }: Convergence,
  adoption: Adoption,
): Promise<void> {
  const steps = adoptTable(adoption, { prefix, sequence, guarded: true });
  for (let step = steps.next([]); !step.done; ) {
    if ("read" in step.value) step = steps.next(await connection.read(step.value.read, options));
    else {
      await connection.batch(step.value.write, options);
      step = steps.next([]);
    }
  }
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
