import type { ComponentType } from "react";

/** A piece of a message as it is stored: a kind, and whatever else that kind has. */
export interface Part {
  type: string;
  [member: string]: unknown;
}

export type PartView = ComponentType<{ part: Part }>;

/** A member that is a text, or `undefined`. */
export function textOf(part: Part, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = part[name];
    if (typeof value === "string") return value;
  }
  return undefined;
}
