import { pause } from "@stowage/core/engine";
import type { KVBinding } from "./clients.ts";
import { isTooMuch, isTooOften } from "./errors.ts";
import { type Change, keysAtOnce, type Listed, type ListOptions, type Namespace, portions } from "./namespace.ts";
import type { OperationLimit } from "./operation-limit.ts";

/** As many connections as a Worker may have open. */
const atOnce = 6;
/** A key takes one write a second; a write that comes too early waits its turn, so often. */
const turns = 8;

/** A namespace bound to the Worker that this runs in. */
export class BindingNamespace implements Namespace {
  private readonly binding: KVBinding;

  constructor(binding: KVBinding) {
    this.binding = binding;
  }

  async get(keys: readonly string[], limit: OperationLimit): Promise<(string | undefined)[]> {
    const values = new Map<string, string | null>();
    await side(portions(keys, keysAtOnce), async (part) => {
      for (const [key, value] of await this.some(part, limit)) values.set(key, value);
    });
    return keys.map((key) => values.get(key) ?? undefined);
  }

  async list(options: ListOptions, limit: OperationLimit): Promise<Listed> {
    limit.take(1);
    const { keys, list_complete: isComplete, cursor } = await this.binding.list(options);
    return { keys, ...(!isComplete && cursor !== undefined && { cursor }) };
  }

  write(changes: readonly Change[], limit: OperationLimit): Promise<void> {
    return side(changes, async ({ key, value, metadata }) => {
      for (let turn = 1; ; turn++) {
        try {
          if (value === undefined) await this.binding.delete(key);
          else await this.binding.put(key, value, metadata === undefined ? {} : { metadata });
          return;
        } catch (error) {
          if (!isTooOften(error) || turn === turns) throw error;
          await pause(500 + Math.random() * 1000);
          limit.note(1);
        }
      }
    });
  }

  /** Values that are too large to come together come one by one. */
  private async some(keys: readonly string[], limit: OperationLimit): Promise<Map<string, string | null>> {
    limit.take(1);
    try {
      return await this.binding.get([...keys], "text");
    } catch (error) {
      if (!isTooMuch(error) || keys.length === 1) throw error;
      limit.take(keys.length);
      const values = new Map<string, string | null>();
      await side(keys, async (key) => void values.set(key, await this.binding.get(key, "text")));
      return values;
    }
  }
}

/** Works on all items, a few at the same time. The first failure ends it once those under way have ended. */
async function side<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  let failure: { readonly error: unknown } | undefined;
  const lane = async () => {
    for (const item of left) {
      if (failure) return;
      try {
        await work(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (failure) throw failure.error;
}
