import { type CallOptions, StorageError } from "@stowage/core/engine";
import type { KvAnswer, KvAnswers, KvRequest, RecordsRequest, TableRequest, WalkAnswer, WalkRequest } from "./port.ts";
import { leading, lookUp, readWalks, toLookUp } from "./read-walks.ts";
import type { GatheredRequest, RecordPort } from "./record-port.ts";

/**
 * Answers requests one after the other: nothing here is a snapshot of several requests, and callers put what has to be seen
 * last behind what it explains. Records by their keys go together, and so do those of a walk with those asked for behind it.
 */
export async function readInSteps(
  port: RecordPort,
  requests: readonly KvRequest[],
  options: CallOptions,
): Promise<readonly KvAnswer[]> {
  const answers: KvAnswer[] = [];
  while (answers.length < requests.length) {
    answers.push(...(await someOf(port, requests.slice(answers.length), options)));
  }
  return answers;
}

/** The answers to the first of these requests, and to those that go along with it. */
async function someOf(
  port: RecordPort,
  requests: readonly KvRequest[],
  options: CallOptions,
): Promise<readonly KvAnswer[]> {
  const [first] = requests as readonly [KvRequest];
  switch (first.kind) {
    case "records": {
      const together = leading(requests, "records");
      const next = requests[together.length];
      const beside = besideOf(port, together, next);
      if (next?.kind === "walk" && beside) return gathered(port, next, beside, options);
      return recordsOf(port, together, options);
    }
    case "walk": {
      if (first.span.index.isOfRecords) return gathered(port, first, undefined, options);
      const walks = leading(requests, "walk");
      const end = walks.findIndex(({ layout, span }) => layout !== first.layout || span.index.isOfRecords);
      if (end > 0) walks.length = end;
      return readWalks(port, walks, requests.slice(walks.length), options);
    }
    case "count":
      return port.count(leading(requests, "count"), options);
    case "table":
      return [await tableOf(port, first, options)];
  }
}

/** The record that these requests ask for, when it is one alone and lies with those that are walked next. */
function besideOf(port: RecordPort, [request, ...more]: readonly RecordsRequest[], next: KvRequest | undefined) {
  const [id, ...others] = request?.ids ?? [];
  const isAlone = request && id !== undefined && more.length + others.length === 0;
  if (!isAlone || next?.kind !== "walk" || !next.span.index.isOfRecords) return undefined;
  const beside = { layout: request.layout, id };
  return port.liesBeside?.(beside, next) ? beside : undefined;
}

/** Records that lie together, behind the one beside them if that is wanted too. */
async function gathered(
  port: RecordPort,
  request: WalkRequest,
  beside: GatheredRequest["beside"],
  options: CallOptions,
): Promise<KvAnswer[]> {
  if (!port.gathered) throw new StorageError("the records of this database do not lie together", { code: "internal" });
  const found = await port.gathered({ ...request, ...(beside && { beside }) }, options);
  const answer: WalkAnswer = {
    rows: found.records.map(({ record }) => record),
    ...(found.through !== undefined && { through: found.through }),
  };
  return beside ? [[found.beside], answer] : [answer];
}

async function recordsOf(
  port: RecordPort,
  requests: readonly RecordsRequest[],
  options: CallOptions,
): Promise<KvAnswers["records"][]> {
  const wanted = requests.map(toLookUp);
  const { records } = await lookUp(port, wanted.flat(), options);
  let at = 0;
  return wanted.map(({ length }) => records.slice(at, (at += length)));
}

async function tableOf(port: RecordPort, request: TableRequest, options: CallOptions): Promise<KvAnswers["table"]> {
  const { layout, columns } = request;
  const { ids, next } = await port.ids(request, options);
  const { records } = await lookUp(
    port,
    ids.map((id) => ({ layout, id, ...(columns && { columns }) })),
    options,
  );
  const rows = records.filter((row) => row !== undefined);
  return { rows, ...(next !== undefined && { next }) };
}
