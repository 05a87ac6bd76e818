import { Badge } from "@mantine/core";
import {
  IconAlertCircle,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconLoader2,
  IconPlayerPause,
  type IconProps,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

const looks: readonly [states: RegExp, color: string, icon: ComponentType<IconProps>][] = [
  [/^(success|succeeded|completed|up|done|published|passed|reviewed|complete)$/, "green", IconCheck],
  [/^(failed|error|down|tripwire|denied)$/, "red", IconAlertCircle],
  [/^(running|in-progress|streaming)$/, "blue", IconLoader2],
  [/^(suspended|waiting|paused|pending|needs-review)$/, "yellow", IconPlayerPause],
  [/^(canceled|cancelled|bailed|skipped|archived)$/, "gray", IconBan],
];

/** The state of a run, a trace, a tool call: by word and sign, and by colour as well. */
export function StateBadge({ state, count }: { state: string; count?: number }) {
  const [, color, Icon] = looks.find(([states]) => states.test(state)) ?? [null, "gray", IconCircleDashed];
  return (
    <Badge
      variant="default"
      size="sm"
      tt="none"
      fw={500}
      leftSection={<Icon size={12} color={`var(--mantine-color-${color}-6)`} aria-hidden />}
    >
      {count === undefined ? state : `${count} ${state}`}
    </Badge>
  );
}
