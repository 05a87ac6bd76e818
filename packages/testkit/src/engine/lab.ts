import { type Capabilities, type Engine, StorageError, type Table } from "@stowage/core/engine";
import { forward, type Layer, stack } from "@stowage/core/layers";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { EngineHarness } from "../harness.ts";

/** What the sections of the engine suite work with. */
export interface Lab {
  /** What the engine with its layers declares. */
  readonly capabilities: Capabilities;
  /** The engine that the tests of a suite share, with the test tables made. For use inside tests. */
  readonly engine: Engine;
  readonly canReopen: boolean;
  readonly canOpenBeside: boolean;
  /** A name that no other test has used: tests share tables, and each works in a scope of its own. */
  scope(): string;
  /** An engine on an empty database; closed after the test. */
  open(): Promise<Engine>;
  /** A second engine on the database of `engine`; closed after the test. */
  reopen(engine: Engine): Promise<Engine>;
  /** A second engine on the database of `engine` whose tables are apart; closed after the test. */
  openBeside(engine: Engine): Promise<Engine>;
}

let scopes = 0;

/** Sets up a shared engine for the suite in which it is called. */
export function createLab(harness: EngineHarness, layers: readonly Layer[], tables: readonly Table[]): Lab {
  const bare = new WeakMap<Engine, Engine>();
  let shared: Engine | undefined;
  let opened: { readonly engine: Engine; readonly isOwner: boolean }[] = [];

  const dress = (engine: Engine): Engine => {
    const dressed = stack(engine, layers);
    bare.set(dressed, engine);
    return dressed;
  };
  const bareOf = (engine: Engine): Engine => bare.get(engine) ?? engine;
  const keep = (engine: Engine, isOwner: boolean): Engine => {
    opened.push({ engine, isOwner });
    return engine;
  };
  const openFrom = async (how: "reopen" | "openBeside", engine: Engine): Promise<Engine> => {
    const open = harness[how];
    if (!open) throw new Error(`the harness has no ${how}; ask the lab first`);
    return keep(dress(await open.call(harness, bareOf(engine))), false);
  };

  beforeAll(async () => {
    shared = dress(await harness.open());
    await shared.converge(tables);
  });
  afterAll(async () => {
    await shared?.close();
    if (shared) await harness.dispose?.(bareOf(shared));
  });
  afterEach(async () => {
    const engines = opened;
    opened = [];
    for (const { engine } of engines.toReversed()) await engine.close();
    for (const { engine, isOwner } of engines) if (isOwner) await harness.dispose?.(bareOf(engine));
  });

  return {
    capabilities: capabilitiesThrough(harness.capabilities, layers),
    get engine() {
      if (!shared) throw new Error("the engine under test is open inside tests only");
      return shared;
    },
    canReopen: harness.reopen !== undefined,
    canOpenBeside: harness.openBeside !== undefined,
    scope: () => `s${++scopes}-${Math.floor(Math.random() * 1e9).toString(36)}`,
    open: async () => keep(dress(await harness.open()), true),
    reopen: (engine) => openFrom("reopen", engine),
    openBeside: (engine) => openFrom("openBeside", engine),
  };
}

/** What layers make of the capabilities of an engine, without opening one. */
export function capabilitiesThrough(capabilities: Capabilities, layers: readonly Layer[]): Capabilities {
  const refuse = async (): Promise<never> => {
    throw new StorageError("this engine only has capabilities", { code: "closed" });
  };
  const stub: Engine = {
    name: "stub",
    contract: 1,
    capabilities,
    converge: refuse,
    read: refuse,
    write: refuse,
    removeRange: refuse,
    close: async () => {},
  };
  return stack(forward(stub, {}), layers).capabilities;
}
