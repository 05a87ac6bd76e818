import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import type { Engine } from "@stowage/core/engine";
import type { EngineHarness } from "@stowage/testkit";
import { localCapabilities, remoteCapabilities } from "../src/capabilities.ts";
import { type LibSQLEngineSettings, libsqlEngine } from "../src/engine.ts";
import type { LibSQLOptions } from "../src/options.ts";
import { HranaFront } from "./hrana-front.ts";

interface Opened {
  readonly options: LibSQLOptions;
  readonly dispose: () => Promise<void> | void;
}

let sequence = 0;

/** A harness of engines whose options come from `create`, one database each. */
function harness(
  capabilities: EngineHarness["capabilities"],
  create: () => Promise<Opened> | Opened,
  settings: LibSQLEngineSettings = {},
): EngineHarness {
  const databases = new WeakMap<Engine, Opened>();
  const connect = (opened: Opened, options: Partial<LibSQLOptions> = {}): Engine => {
    const engine = libsqlEngine({ ...opened.options, ...options }, settings);
    databases.set(engine, opened);
    return engine;
  };
  const databaseOf = (engine: Engine) => databases.get(engine) as Opened;
  return {
    capabilities,
    open: async () => connect(await create()),
    reopen: (engine) => connect(databaseOf(engine)),
    openBeside: (engine) => connect(databaseOf(engine), { prefix: `beside${++sequence}_` }),
    dispose: (engine) => databaseOf(engine).dispose(),
  };
}

function folder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "stowage-libsql-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A file of its own for each database. */
export const fileHarness = (options: Partial<LibSQLOptions> = {}, settings: LibSQLEngineSettings = {}): EngineHarness =>
  harness(
    settings.forceDerived
      ? { ...localCapabilities, nativeFilter: false, nativeAggregate: false, nativeJsonFilter: false }
      : localCapabilities,
    () => {
      const { path, remove } = folder();
      return { options: { url: `file:${join(path, "data.db")}`, ...options }, dispose: remove };
    },
    settings,
  );

/** Memory: private, so that a second engine cannot see it. */
export function memoryHarness(): EngineHarness {
  const {
    reopen: _,
    openBeside: __,
    ...rest
  } = harness(localCapabilities, () => ({
    options: { url: ":memory:" },
    dispose() {},
  }));
  return rest;
}

/** Memory that engines of this process share by name. */
export const sharedMemoryHarness = (): EngineHarness =>
  harness(localCapabilities, () => ({
    options: { url: `file:shared${++sequence}?mode=memory&cache=shared` },
    dispose() {},
  }));

/** A client that the caller made. */
export const clientHarness = (): EngineHarness =>
  harness(localCapabilities, () => {
    const { path, remove } = folder();
    const client = createClient({ url: `file:${join(path, "data.db")}`, timeout: 5000 });
    return {
      options: { client },
      dispose() {
        client.close();
        remove();
      },
    };
  });

/** A server, through the client for HTTP. */
export const serverHarness = (): EngineHarness =>
  harness(remoteCapabilities, async () => {
    const { path, remove } = folder();
    const front = await HranaFront.start(join(path, "data.db"));
    return {
      options: { url: front.url },
      async dispose() {
        await front.stop();
        remove();
      },
    };
  });
