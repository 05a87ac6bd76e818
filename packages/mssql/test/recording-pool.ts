import type { PoolLike } from "@stowage/mssql";

/** A pool that notes what it is asked and answers nothing of meaning: no rows, as many sets as were asked for. */
export function recordingPool(): PoolLike & { readonly texts: string[] } {
  const texts: string[] = [];
  const request = () => ({
    input: () => undefined,
    cancel: () => undefined,
    batch: async () => undefined,
    async query(text: string) {
      texts.push(text);
      return { recordsets: [] };
    },
  });
  return {
    ...{ texts, connected: true, request },
    connect: async () => undefined,
    close: async () => undefined,
    transaction: () => ({
      ...{ request },
      begin: async () => undefined,
      commit: async () => undefined,
      rollback: async () => undefined,
    }),
  };
}
