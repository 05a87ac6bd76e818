import { jitter, pause } from "../../engine/call.ts";
import { find, get } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { completePage } from "../shared/pages.ts";
import { assemble, corrupt, type HeaderRow, layoutOf, type RunImage } from "./image.ts";
import type { ImageCache } from "./image-cache.ts";
import { runId } from "./keys.ts";
import { runs, steps } from "./tables.ts";
import type { WorkflowRunKey } from "./types.ts";

/** Runs whose rows are asked for in one request of a list. */
const runsPerRead = 50;
const rowsPerRead = 2000;
/** Rows whose versions are looked through beside the header, to save a request where something changed. */
const largestScan = 100;
const attempts = 6;

/** Reads runs whole: never a header with the rows of another moment. */
export class RunReader {
  readonly #context: DomainContext;
  readonly #cache: ImageCache;

  constructor(context: DomainContext, cache: ImageCache) {
    this.#context = context;
    this.#cache = cache;
  }

  /** The run as it is now, in one request; of a run known from before only what changed since is read. */
  async load(key: WorkflowRunKey): Promise<RunImage | undefined> {
    const id = runId(key);
    const known = this.#cache.get(id);
    let image = await this.#read(key, known);
    if (image === "torn") image = await this.#readAgain(key);
    if (image) this.#cache.put(id, image);
    else this.#cache.drop(id);
    return image;
  }

  /** The runs of these headers, in order. A run that changed meanwhile comes as it is now; one that went is left out. */
  async complete(headers: readonly HeaderRow[]): Promise<RunImage[]> {
    const images: RunImage[] = [];
    for (let from = 0; from < headers.length; ) {
      let rows = 0;
      let to = from;
      while (to < headers.length && to - from < runsPerRead && rows < rowsPerRead) {
        rows += layoutOf(headers[to++] as HeaderRow).rows;
      }
      for (const image of await this.#completeSome(headers.slice(from, to))) images.push(image);
      from = to;
    }
    return images;
  }

  async #completeSome(headers: readonly HeaderRow[]): Promise<RunImage[]> {
    const { engine, clock } = this.#context;
    const split = headers.filter((header) => layoutOf(header).rows > 0);
    const ops = split.map((header) => rowsSince({ workflowName: header.workflow_name, runId: header.run_id }));
    const pages = ops.length > 0 ? await engine.read(ops) : [];
    const images: RunImage[] = [];
    for (const header of headers) {
      const index = split.indexOf(header);
      const op = ops[index];
      const page = pages[index];
      const rows = op && page ? (await completePage(engine, op, page)).rows : [];
      const image =
        assemble(header, rows, clock.now()) ??
        (await this.load({ workflowName: header.workflow_name, runId: header.run_id }));
      if (image) images.push(image);
    }
    return images;
  }

  async #read(
    key: WorkflowRunKey,
    known: RunImage | undefined,
    lenient = false,
  ): Promise<RunImage | undefined | "torn"> {
    const { engine, clock } = this.#context;
    const headerOp = get(runs, [[key.workflowName, key.runId]]);
    if (known && known.layout.rows > largestScan) {
      // Mostly nothing has changed, and then not even the versions of the rows need be looked through.
      const [{ rows: headers }] = await engine.read([headerOp]);
      if (headers[0]?._rev === known.header._rev) return known;
    }
    const rowsOp = rowsSince(key, known?.layout.latest);
    const [{ rows: headers }, page] = await engine.read([headerOp, rowsOp]);
    const header = headers[0];
    if (!header) return undefined;
    if (header._rev === known?.header._rev) return known;
    const { rows } = await completePage(engine, rowsOp, page);
    if (known && known.layout.generation !== layoutOf(header).generation) return "torn";
    return assemble(header, rows, clock.now(), known, lenient) ?? "torn";
  }

  /** Header and rows of two moments, or what is known does not help: reads all of it until it fits together. */
  async #readAgain(key: WorkflowRunKey): Promise<RunImage | undefined> {
    const mayBeTorn = this.#context.engine.capabilities.atomicity === "process";
    for (let tries = 0; tries < attempts; tries++) {
      if (tries > 0) await pause(jitter(tries, 5, 250));
      const image = await this.#read(key, undefined, mayBeTorn && tries === attempts - 1);
      if (image !== "torn") return image;
    }
    throw corrupt("the parts of the stored run do not fit together", {
      workflow_name: key.workflowName,
      run_id: key.runId,
    });
  }
}

/** The rows of a run, or those that are newer than a version. */
const rowsSince = ({ workflowName, runId }: WorkflowRunKey, version?: number) =>
  find(steps, {
    path: "byRun",
    eq: { workflow_name: workflowName, run_id: runId },
    ...(version !== undefined && { filter: { op: "gt" as const, column: "version", value: version } }),
  });
