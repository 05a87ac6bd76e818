import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { InMemoryStore, type MastraCompositeStore } from "@stowage/core";
import { usageError } from "../errors.ts";

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
  {
    scheme: /^(mysql|mariadb):/,
    module: "@stowage/mysql",
    store: "MySQLStore",
    options: (url) => ({ connectionString: url }),
  },
  { scheme: /^mongodb(\+srv)?:/, module: "@stowage/mongodb", store: "MongoDBStore", options: (url) => ({ url }) },
  {
    scheme: /^rediss?:/,
    module: "@stowage/redis",
    store: "RedisStore",
    options: (url) => ({ connectionString: url }),
  },
];

/** Packages that an address may name, for the help and the docs. */
export const addressKinds = "file:…, libsql:…, postgres:…, mysql:…, mongodb:…, redis:…, memory:";

type Loaded = Record<string, new (options: object) => MastraCompositeStore>;

/**
 * The storage behind an address such as `file:./agents.db`, `postgres://…` or `memory:`.
 *
 * @throws CommandError when nobody knows the address, or the package for it is not installed. Neither says the address, which
 * may hold a password.
 */
export async function storageFromUrl(url: string, cwd: string): Promise<MastraCompositeStore> {
  if (url === "memory:") return new InMemoryStore();
  const adapter = adapters.find(({ scheme }) => scheme.test(url));
  if (!adapter) {
    throw usageError(`no adapter is known for ${/^\w+:/.exec(url)?.[0] ?? "such an address"}; use a config file`);
  }
  const Store = (await load(adapter.module, cwd))[adapter.store];
  if (!Store) throw usageError(`${adapter.module} has no ${adapter.store}`);
  return new Store({ id: nameOf(url), ...adapter.options(url) });
}

/** The adapter as this command has it, or as the project in the working folder does: `npx stowage` is installed elsewhere. */
async function load(module: string, cwd: string): Promise<Loaded> {
  const project = createRequire(join(cwd, "package.json"));
  for (const find of [() => import.meta.resolve(module), () => pathToFileURL(project.resolve(module)).href]) {
    let found: string;
    try {
      found = find();
    } catch {
      continue;
    }
    return import(found);
  }
  throw usageError(`${module} is not installed: npm install ${module}`);
}

/** What people call a database: the file, or what stands last in the address, without credentials and parameters. */
function nameOf(url: string): string {
  const path = url.replace(/[?#].*$/, "").replace(/^[\w+]+:(\/\/([^/]*@)?)?/, "");
  return basename(path) || "stowage";
}
