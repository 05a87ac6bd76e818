import { ActionIcon, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { getOtlp, getTrace } from "../../api/traces.ts";
import { report } from "../../components/confirm.tsx";
import { saveText } from "../../components/download.tsx";

/** A trace as a file: as it is stored, or as an OpenTelemetry collector takes it. */
export function TraceDownload({ traceId }: { traceId: string }) {
  const [isBusy, setBusy] = useState(false);
  const save = async (name: string, record: Promise<object>) => {
    setBusy(true);
    await report(
      record.then((value) => saveText(name, JSON.stringify(value, null, 2))),
      `${name} was saved`,
    );
    setBusy(false);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" aria-label="Download" title="Download" loading={isBusy}>
          <IconDownload size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void save(`${traceId}.json`, getTrace(traceId))}>JSON, as it is stored</Menu.Item>
        <Menu.Item onClick={() => void save(`${traceId}.otlp.json`, getOtlp(traceId))}>
          OTLP JSON, for a collector
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
