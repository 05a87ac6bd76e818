import type { Engine, Table } from "@stowage/core/engine";
import { fromWire, toWire, toWireError } from "./wire.ts";

/** One call of an engine at the other end. */
export interface RemoteCall {
  /** Which of the engines there; `spec` says how it is opened at the first call. */
  readonly engine: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly verb: string;
  readonly args: readonly unknown[];
  /** Tables that the arguments name by number and that were not sent before. */
  readonly tables: Readonly<Record<number, Table>>;
}

/**
 * Answers what a remote engine asks, with engines that live where this runs: inside a Worker, or an object of its. Uses only
 * what every runtime of the web has.
 */
export function engineServer(open: (spec: RemoteCall["spec"]) => Engine): (request: Request) => Promise<Response> {
  const opened = new Map<string, { readonly engine: Engine; readonly tables: Map<number, Table> }>();
  const unknownTable = () => {
    throw new Error("results name no tables");
  };
  return async (request) => {
    const call = (await request.json()) as RemoteCall;
    let entry = opened.get(call.engine);
    try {
      if (!entry) {
        entry = { engine: open(call.spec), tables: new Map() };
        opened.set(call.engine, entry);
      }
      const { engine, tables } = entry;
      for (const [number, table] of Object.entries(call.tables)) {
        // What an engine compiles for a table it keeps by the table itself.
        if (!tables.has(Number(number))) tables.set(Number(number), table);
      }
      if (call.verb === "describe")
        return Response.json({ result: { name: engine.name, capabilities: engine.capabilities } });
      const args = fromWire(call.args, (number) => tables.get(number) as Table) as unknown[];
      const verbs = engine as unknown as Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;
      return Response.json({ result: toWire(await verbs[call.verb]?.(...args), unknownTable) });
    } catch (error) {
      return Response.json({ error: toWireError(error) });
    }
  };
}
