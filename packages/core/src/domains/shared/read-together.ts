import type { Engine } from "../../engine/engine.ts";
import type { ReadOp, ReadResult } from "../../engine/operations.ts";

type Named<Ops> = {
  -readonly [Name in keyof Ops]: ReadResult<NonNullable<Ops[Name]>> | (undefined extends Ops[Name] ? undefined : never);
};

/** Reads in one round trip what is there to read: operations by name, `undefined` for those that this call has no use for. */
export async function readTogether<const Ops extends { readonly [name: string]: ReadOp | undefined }>(
  engine: Engine,
  ops: Ops,
): Promise<Named<Ops>> {
  const names: string[] = [];
  const list: ReadOp[] = [];
  for (const name in ops) {
    const op = ops[name];
    if (!op) continue;
    names.push(name);
    list.push(op);
  }
  const results: readonly unknown[] = list.length > 0 ? await engine.read(list) : [];
  const answers: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) answers[names[i] as string] = results[i];
  return answers as Named<Ops>;
}
