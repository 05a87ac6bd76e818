import { RangeSlider } from "@mantine/core";
import { useMemo } from "react";
import { duration } from "../../components/time.tsx";
import { densityOf } from "./density.ts";
import type { SpanTree } from "./span-tree.ts";
import { leastWindow, type TimeWindow } from "./time-window.ts";
import "./minimap.css";

const parts = 200;
const height = 28;

interface MinimapProps {
  tree: SpanTree;
  window: TimeWindow;
  onChange: (window: TimeWindow) => void;
}

/** The whole trace in small: where spans are at work and where they failed. The slider on it chooses the time to look at. */
export function Minimap({ tree, window: [from, to], onChange }: MinimapProps) {
  const { counts, failed } = useMemo(() => densityOf(tree, parts), [tree]);
  const most = Math.max(...counts, 1);
  const at = (percent: number) => duration(((tree.end - tree.start) * percent) / 100);
  return (
    <div className="minimap">
      <svg viewBox={`0 0 ${parts} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {counts.map((count, part) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: parts keep their place.
            key={part}
            x={part}
            y={height - (count / most) * height}
            width={1}
            height={(count / most) * height}
            data-failed={failed[part] || undefined}
          />
        ))}
      </svg>
      <RangeSlider
        size="xs"
        min={0}
        max={100}
        step={0.5}
        minRange={leastWindow}
        value={[from, to]}
        onChange={(next) => onChange([round(next[0]), round(next[1])])}
        label={at}
        thumbFromLabel="Show the trace from"
        thumbToLabel="Show the trace until"
      />
    </div>
  );
}

const round = (percent: number) => Number(percent.toFixed(1));
