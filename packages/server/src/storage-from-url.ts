import { InMemoryStore, type MastraCompositeStore } from "@stowage/core";

/** How the words before the colon of an address choose a package, and how its store is made. */
const adapters: readonly { scheme: RegExp; module: string; store: string; options: (url: string) => object }[] = [
  {
    scheme: /^(file|libsql|wss?|https?):/,
    module: "@stowage/libsql",
    store: "LibSQLStore",
    options: (url) => ({ url }),
  },
  {
    scheme: /^postgres(ql)?:/,
    module: "@stowage/pg",
    store: "PostgresStore",
    options: (url) => ({ connectionString: url }),
  },
  { scheme: /^mongodb(\+srv)?:/, module: "@stowage/mongodb", store: "MongoDBStore", options: (url) => ({ url }) },
];

/**
 * The storage behind an address such as `file:./agents.db`, `postgres://…` or `memory:`.
 *
 * @throws Error when nobody knows the address, or the package for it is not installed. Neither says the address, which may
 * hold a password.
 */
export async function storageFromUrl(url: string, id = "stowage"): Promise<MastraCompositeStore> {
  if (url === "memory:") return new InMemoryStore();
  const adapter = adapters.find(({ scheme }) => scheme.test(url));
  if (!adapter)
    throw new Error(`no adapter is known for ${/^\w+:/.exec(url)?.[0] ?? "such an address"}; use a config file`);
  let loaded: Record<string, new (options: object) => MastraCompositeStore>;
  try {
    loaded = await import(adapter.module);
  } catch (cause) {
    throw new Error(`${adapter.module} is not installed: npm install ${adapter.module}`, { cause });
  }
  const Store = loaded[adapter.store];
  if (!Store) throw new Error(`${adapter.module} has no ${adapter.store}`);
  return new Store({ id, ...adapter.options(url) });
}
