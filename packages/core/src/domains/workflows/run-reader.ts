import { jitter, pause } from "../../engine/call.ts";
import { find, get } from "../../engine/operations.ts";
import { StorageError } from "../../errors.ts";
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
/** Characters of context in the header that are read again for the same reason. */
const largestReread = 8192;
const attempts = 100;

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
    let found = await this.#read(key, known);
    if (found.tornAt !== undefined) found = await this.#readAgain(key, known ? undefined : found.tornAt);
    const { image } = found;
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

  async #read(key: WorkflowRunKey, known: RunImage | undefined, lenient = false): Promise<Found> {
    const { engine, clock } = this.#context;
    const headerOp = get(runs, [[key.workflowName, key.runId]]);
    if (known && isLarge(known)) {
      // Mostly nothing has changed, and then nothing but the revision need be read.
      const [{ rows: headers }] = await engine.read([get(runs, [[key.workflowName, key.runId]], ["updatedAt"])]);
      if (headers[0]?._rev === known.header._rev) return { image: known };
    }
    const rowsOp = rowsSince(key, known?.layout.latest);
    const [{ rows: headers }, page] = await engine.read([headerOp, rowsOp]);
    const header = headers[0];
    if (!header) return {};
    if (header._rev === known?.header._rev) return { image: known };
    if (known && known.layout.generation !== layoutOf(header).generation) return { tornAt: header._rev };
    const { rows } = await completePage(engine, rowsOp, page);
    const image = assemble(header, rows, clock.now(), known, lenient);
    return image ? { image } : { tornAt: header._rev };
  }

  /** Header and rows were of two moments, or what is known does not help: reads all of it until it fits together. */
  async #readAgain(key: WorkflowRunKey, tornAt: number | undefined): Promise<Found> {
    const isProcessLevel = this.#context.engine.capabilities.atomicity === "process";
    let before = tornAt;
    let standstill = 0;
    for (let tries = 0; tries < attempts; tries++) {
      if (before !== undefined) await pause(jitter(Math.min(tries, 3), 2));
      // Nobody is writing, and still it does not fit: a crash where batches are not atomic leaves that.
      const found = await this.#read(key, undefined, isProcessLevel && standstill > 2);
      if (found.tornAt === undefined) return found;
      standstill = found.tornAt === before ? standstill + 1 : 0;
      if (standstill > 5) throw corrupt("the parts of the stored run do not fit together", keyColumns(key));
      before = found.tornAt;
    }
    throw new StorageError("the run kept changing under the read", {
      code: "busy",
      retry: "exhausted",
      details: { workflowName: key.workflowName, runId: key.runId },
    });
  }
}

/** What was read: a run, none, or the revision of a header that its rows do not fit. */
interface Found {
  readonly image?: RunImage;
  readonly tornAt?: number;
}

const isLarge = ({ header, layout }: RunImage) =>
  layout.rows > largestScan || (header.context?.length ?? 0) > largestReread;

const keyColumns = ({ workflowName, runId }: WorkflowRunKey) => ({ workflow_name: workflowName, run_id: runId });

/** The rows of a run, or those that are newer than a version. */
const rowsSince = ({ workflowName, runId }: WorkflowRunKey, version?: number) =>
  find(steps, {
    path: "byRun",
    eq: { workflow_name: workflowName, run_id: runId },
    ...(version !== undefined && { filter: { op: "gt" as const, column: "version", value: version } }),
  });
