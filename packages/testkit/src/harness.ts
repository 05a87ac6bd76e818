import type { Capabilities, Engine } from "@stowage/core/engine";
import type { Layer } from "@stowage/core/layers";

type Opened = Promise<Engine> | Engine;

/** How the suites get engines of the kind under test. */
export interface EngineHarness {
  /** What the engine declares. Tests that not every engine can pass skip by this record and by nothing else. */
  readonly capabilities: Capabilities;
  /** Opens an engine on an empty database of its own. */
  open(): Opened;
  /** Opens another engine on the database of `engine`, as a second process would. Leave it out where data lives in the engine. */
  reopen?(engine: Engine): Opened;
  /** Opens another engine on the database of `engine` that keeps its tables apart, by prefix or schema. */
  openBeside?(engine: Engine): Opened;
  /** Removes the database of an engine that {@link open} gave, after `close`. */
  dispose?(engine: Engine): Promise<void> | void;
  /** `false`: the suites run through the layer stacks only. Default `true`. */
  readonly bare?: boolean;
  /** Layer stacks, from the engine outwards, through which the suites run again. */
  readonly through?: Readonly<Record<string, readonly Layer[]>>;
}

/** The stacks to run a suite through, with the title of each. */
export const stacksOf = (name: string, { bare = true, through = {} }: EngineHarness): [string, readonly Layer[]][] => [
  ...(bare ? [[name, []] as [string, Layer[]]] : []),
  ...Object.entries(through).map(([stack, layers]): [string, readonly Layer[]] => [`${name} through ${stack}`, layers]),
];
