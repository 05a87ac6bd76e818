import type { ClientBulkWriteResult } from "mongodb";
import type { BulkModel, Connection } from "./connection.ts";
import { isDuplicate, isLacking } from "./errors.ts";
import { keepTransient, Missed, missedBy, NotUnderstood } from "./missed.ts";
import { collectionOf, type Reach, writeOptions } from "./reading.ts";
import type { Step } from "./write-plan.ts";

/**
 * Sends the requests of several collections as one command (MongoDB 8.0), inside a transaction.
 *
 * @returns the steps that made a document, of those that were either to make or to match one.
 * @throws Missed when one of them did not go as planned, NotUnderstood where the server does not know the command.
 */
export async function writeTogether(
  reach: Reach,
  bulkWrite: NonNullable<Connection["bulkWrite"]>,
  steps: readonly Step[],
): Promise<ReadonlySet<Step>> {
  const models = await Promise.all(
    steps.map(async (step) => modelOf(step, (await collectionOf(reach, step.table)).namespace)),
  );
  const answer = await bulkWrite(models, { ...writeOptions(reach.call, reach.session), verboseResults: true }).catch(
    (error: unknown) => {
      const { cause, writeErrors } = error as { cause?: unknown; writeErrors?: ReadonlyMap<number, ServerSays> };
      const [first] = writeErrors ?? [];
      if (first && isDuplicate(first[1])) throw missedBy(first[1].message, steps[first[0]]);
      if (!first && isLacking(cause ?? error)) {
        const { lacking } = reach.connection;
        // SecantusDB takes the command, and not the read concern that comes with the first one of a transaction.
        lacking.add(lacking.has("bulkWrite at a snapshot") ? "bulkWrite" : "bulkWrite at a snapshot");
        throw new NotUnderstood();
      }
      // The driver wraps what the server says of one operation, and of the command as a whole.
      throw keepTransient(first?.[1] ?? cause ?? error);
    },
  );
  const made = new Set<Step>();
  for (const [at, step] of steps.entries()) {
    const { isDone, isMade } = outcomeOf(answer, at);
    const isAsPlanned = isDone && (step.counts === "either" || isMade === (step.counts === "made"));
    if (!isAsPlanned) throw new Missed();
    if (isMade && step.counts === "either") made.add(step);
  }
  return made;
}

interface ServerSays {
  readonly code?: number;
  readonly message: string;
}

function modelOf({ model, insert }: Step, namespace: string): BulkModel {
  const [[name, rest] = []] = Object.entries(insert ?? model ?? {});
  return { name, namespace, ...rest } as BulkModel;
}

/** Whether an operation found or made its document. */
function outcomeOf({ insertResults, updateResults, deleteResults }: ClientBulkWriteResult, at: number) {
  const update = updateResults?.get(at);
  if (update) return { isDone: update.didUpsert || update.matchedCount === 1, isMade: update.didUpsert };
  const isMade = insertResults?.has(at) === true;
  return { isDone: isMade || deleteResults?.get(at)?.deletedCount === 1, isMade };
}
