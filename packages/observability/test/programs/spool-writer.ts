import { StorageExporter } from "../../src/index.ts";

// Traces into a storage that is never there, until somebody kills it; names each span that the spool has.

const exporter = new StorageExporter({
  storage: () => undefined,
  spool: { folder: process.argv[2] as string, segmentBytes: 4096 },
  maxRetries: 0,
});
for (let number = 0; ; number++) {
  const id = `span-${number}`;
  const at = new Date();
  const span = { id, traceId: id, name: id, type: "generic", isEvent: false, startTime: at, endTime: at };
  exporter.onTracingEvent({ type: "span_ended", exportedSpan: span });
  await exporter.flush();
  process.stdout.write(`${id}\n`);
}
