import { Button, Group } from "@mantine/core";
import { IconArrowUp, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { pollTraces } from "../../api/traces.ts";

const intervalMs = 2000;

interface LiveProps {
  filters: object;
  /** Shows what has come. */
  onShow: () => void;
}

/** Watches for new traces. They are counted in a bar and shown when asked for, so that no row moves under the eyes. */
export function Live({ filters, onShow }: LiveProps) {
  const [isLive, setLive] = useState(false);
  const key = JSON.stringify(filters);
  const watch = useRef<{ key: string; cursor?: string; ids: Set<string> }>({ key, ids: new Set() });
  if (watch.current.key !== key) watch.current = { key, ids: new Set() };
  const { data: count = 0 } = useQuery({
    queryKey: ["live-traces", key],
    queryFn: async ({ signal }) => {
      const seen = watch.current;
      const { spans, deltaCursor } = await pollTraces(filters, seen.cursor, signal);
      seen.cursor = deltaCursor;
      for (const { traceId } of spans) seen.ids.add(traceId);
      return seen.ids.size;
    },
    enabled: isLive,
    refetchInterval: isLive ? intervalMs : false,
    gcTime: 0,
  });
  const show = () => {
    watch.current.ids.clear();
    onShow();
  };
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant="default"
        aria-pressed={isLive}
        leftSection={isLive ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
        onClick={() => setLive(!isLive)}
      >
        {isLive ? "Pause" : "Live"}
      </Button>
      <div role="status">
        {isLive && watch.current.ids.size > 0 && count > 0 && (
          <Button size="xs" leftSection={<IconArrowUp size={14} />} onClick={show}>
            {watch.current.ids.size} new
          </Button>
        )}
      </div>
    </Group>
  );
}
