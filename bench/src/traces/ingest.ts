import type { Span } from "../data.ts";
import { TraceGenerator } from "./generator.ts";
import { type TraceDatabaseKey, traceDatabases } from "./subjects.ts";

export interface IngestTask {
  database: TraceDatabaseKey;
  variant: string;
  place: string;
  /** Spans that are measured. */
  spans: number;
  writers: number;
  batch: number;
}

/** Traces that are written are those of now. */
const anHour = 3_600_000;

/** Spans a second from writers that each wait for their batch before they send the next; a tenth more goes before, unmeasured. */
export async function ingest({ database, variant, place, spans, writers, batch }: IngestTask): Promise<number> {
  const { prepare, variants } = traceDatabases[database];
  const generator = new TraceGenerator({ spans, time: anHour });
  const batches = (count: number): Span[][] => Array.from({ length: count }, () => generator.batch(batch));
  const warmUp = batches(Math.max(writers, Math.ceil(spans / batch / 10)));
  const measured = batches(Math.ceil(spans / batch));
  await prepare?.(place);
  const { store, close } = await variants[variant]!.open(place);
  const writeAll = async (list: Span[][]): Promise<number> => {
    let written = 0;
    const writer = async () => {
      for (let records = list.pop(); records; records = list.pop()) {
        await store.batchCreateSpans({ records });
        written += records.length;
      }
    };
    await Promise.all(Array.from({ length: writers }, writer));
    return written;
  };
  await writeAll(warmUp.reverse());
  const begin = performance.now();
  const written = await writeAll(measured.reverse());
  const rate = (written / (performance.now() - begin)) * 1000;
  await close();
  return rate;
}
