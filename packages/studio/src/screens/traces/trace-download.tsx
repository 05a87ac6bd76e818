import { getOtlp, getTrace } from "../../api/traces.ts";
import { report } from "../../components/confirm.tsx";
import { DownloadMenu } from "../../components/download-menu.tsx";
import { saveText } from "../../components/save-text.ts";

/** A trace as a file: as it is stored, or as an OpenTelemetry collector takes it. */
export function TraceDownload({ traceId }: { traceId: string }) {
  const save = (name: string, record: Promise<object>) =>
    report(
      record.then((value) => saveText(name, JSON.stringify(value, null, 2))),
      `${name} was saved`,
    );
  return (
    <DownloadMenu
      items={[
        { label: "JSON, as it is stored", save: () => save(`${traceId}.json`, getTrace(traceId)) },
        { label: "OTLP JSON, for a collector", save: () => save(`${traceId}.otlp.json`, getOtlp(traceId)) },
      ]}
    />
  );
}
