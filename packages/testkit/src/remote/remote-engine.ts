import {
  type CallOptions,
  type Capabilities,
  checkCall,
  contractVersion,
  type Engine,
  type ReadOp,
  type ReadResults,
  type Table,
} from "@stowage/core/engine";
import type { RemoteCall } from "./serve.ts";
import { describeTable, fromWire, fromWireError, toWire, type WireError } from "./wire.ts";

type Send = (body: string) => Promise<string>;

let count = 0;

/** An engine that lives elsewhere: every call is one request. Signals are looked at here, before it is sent. */
export class RemoteEngine implements Engine {
  readonly name: string;
  readonly contract = contractVersion;
  readonly capabilities: Capabilities;
  /** How the engine at the other end was opened. */
  readonly spec: RemoteCall["spec"];
  private readonly id: string;
  private readonly send: Send;
  private readonly numbers = new Map<Table, number>();

  private constructor(id: string, spec: RemoteCall["spec"], send: Send, told: Pick<Engine, "name" | "capabilities">) {
    this.id = id;
    this.spec = spec;
    this.send = send;
    this.name = told.name;
    this.capabilities = freeze(told.capabilities);
  }

  /** Opens an engine at the other end, as `spec` says there. */
  static async open(spec: RemoteCall["spec"], send: Send): Promise<RemoteEngine> {
    const id = `${Date.now()}-${++count}`;
    const told = await ask(send, { engine: id, spec, verb: "describe", args: [], tables: {} });
    return new RemoteEngine(id, spec, send, told as Pick<Engine, "name" | "capabilities">);
  }

  converge: Engine["converge"] = (tables, options) => this.call("converge", [tables], options);
  write: Engine["write"] = (ops, options) => this.call("write", [ops], options);
  removeRange: Engine["removeRange"] = (op, options) => this.call("removeRange", [op], options);

  read<const Ops extends readonly ReadOp[]>(ops: Ops, options?: CallOptions): Promise<ReadResults<Ops>> {
    return this.call("read", [ops], options);
  }

  /** The database's plan for a walk, where the engine tells it. */
  explain(op: ReadOp): Promise<string[]> {
    return this.call("explain", [op], undefined);
  }

  async close(): Promise<void> {
    await this.call("close", [], undefined);
  }

  private async call<Result>(verb: string, args: unknown[], options: CallOptions | undefined): Promise<Result> {
    checkCall(options);
    const { signal: _, ...bounds } = options ?? {};
    const fresh: Record<number, Table> = {};
    const numberOf = (table: Table) => {
      let number = this.numbers.get(table);
      if (number === undefined) {
        number = this.numbers.size;
        this.numbers.set(table, number);
      }
      // Sent every time: of two calls that start together the second may arrive first.
      fresh[number] = describeTable(table) as Table;
      return number;
    };
    const wired = toWire([...args, bounds], numberOf) as unknown[];
    return (await ask(this.send, { engine: this.id, spec: this.spec, verb, args: wired, tables: fresh })) as Result;
  }
}

async function ask(send: Send, call: RemoteCall): Promise<unknown> {
  const answer = JSON.parse(await send(JSON.stringify(call))) as { result?: unknown; error?: WireError };
  if (answer.error) throw fromWireError(answer.error);
  return fromWire(answer.result, () => {
    throw new Error("results name no tables");
  });
}

function freeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) freeze(part);
  return Object.freeze(value);
}
