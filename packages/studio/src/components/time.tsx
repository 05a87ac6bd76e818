import { usePreferences } from "../app/preferences.ts";

type Moment = string | number | Date | null | undefined;

/** A moment in the zone of the settings; hovering shows UTC in ISO 8601. */
export function Time({ value, relative = false }: { value: Moment; relative?: boolean }) {
  const { zone } = usePreferences();
  if (value === null || value === undefined) return <span>–</span>;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return <span>{String(value)}</span>;
  const iso = date.toISOString();
  const shown = absolute(date, zone);
  return (
    <time dateTime={iso} title={`${shown} ${zoneName(zone)}\n${iso}`}>
      {relative ? ago(date) : shown}
    </time>
  );
}

function absolute(date: Date, zone: "local" | "UTC"): string {
  return new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium",
    timeStyle: "medium",
    ...(zone === "UTC" && { timeZone: "UTC" }),
  }).format(date);
}

export const zoneName = (zone: "local" | "UTC") =>
  zone === "UTC" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;

const steps: readonly [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86_400, "hour", 3600],
  [30 * 86_400, "day", 86_400],
  [365 * 86_400, "month", 30 * 86_400],
  [Number.POSITIVE_INFINITY, "year", 365 * 86_400],
];
const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** How long ago, in the largest unit that is not zero. */
export function ago(date: Date, now = Date.now()): string {
  const seconds = (date.getTime() - now) / 1000;
  const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit) as (typeof steps)[number];
  return words.format(Math.round(seconds / size), unit);
}

/** Milliseconds in a unit of sense. */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined || Number.isNaN(milliseconds)) return "–";
  if (milliseconds < 1) return `${(milliseconds * 1000).toFixed(0)} µs`;
  if (milliseconds < 1000) return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.round((seconds % 86_400) / 3600)} h`;
}
