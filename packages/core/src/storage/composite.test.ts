import { describe, expect, test, vi } from "vitest";
import { DOMAIN_KEYS, InMemoryStore, MastraCompositeStore, MastraStorage, StorageDomain } from "../index.ts";

class ForeignDomain extends StorageDomain {
  inits = 0;
  pruned = 0;
  fails = false;
  async init() {
    this.inits++;
    if (this.fails) throw new Error("down");
  }
  async dangerouslyClearAll() {}
  override async prune() {
    this.pruned++;
    return [{ domain: "x", table: "t", deleted: 1, done: true }];
  }
}

const foreign = () => new ForeignDomain();
const as = <T>(value: unknown) => value as T;

describe("constructor", () => {
  test.each([undefined, "", "  ", 7, null])("refuses the id %s with the words callers match", (id) => {
    const message = "MastraCompositeStore: id must be provided and cannot be empty.";
    expect(() => new MastraCompositeStore({ id: as<string>(id), default: new InMemoryStore() })).toThrow(message);
  });

  test("names the adapter in the message about the id", () => {
    expect(() => new InMemoryStore({ id: " " })).toThrow("InMemoryStorage: id must be provided and cannot be empty.");
  });

  test("refuses an empty composition", () => {
    const compose = (options: object) => () => new MastraCompositeStore({ id: "c", ...options });
    expect(compose({ domains: {} })).toThrow(/at least one storage source/);
    expect(compose({ domains: { observability: false } })).toThrow(/default, editor or domain overrides/);
    expect(compose({ default: { stores: {} } })).toThrow(/at least one storage source/);
    expect(compose({ default: new InMemoryStore(), domains: { observability: false } })).not.toThrow();
    expect(compose({})).not.toThrow();
  });

  test("refuses an override that is no domain store, naming the key", () => {
    const compose = (store: unknown) => () =>
      new MastraCompositeStore({ id: "c", domains: { memory: as<never>(store) } });
    expect(compose("memory")).toThrow(TypeError);
    expect(compose(Promise.resolve(foreign()))).toThrow(/domains\.memory/);
    expect(compose({})).toThrow(/domains\.memory/);
    expect(compose(foreign())).not.toThrow();
  });

  test("refuses a malformed retention policy, naming it", () => {
    const make = (policy: object) => () =>
      new InMemoryStore({ retention: { memory: { messages: as<{ maxAge: number }>(policy) } } });
    expect(make({ maxAge: "3 days" })).toThrow(/retention\.memory\.messages: invalid duration/);
    expect(make({ maxAge: -1 })).toThrow(/invalid duration/);
    expect(make({ maxAge: "1d", batchSize: 0 })).toThrow(/batchSize/);
    expect(make({ maxAge: "1.5h", batchSize: 10 })).not.toThrow();
  });

  test("is the older name too, for adapters and compositions alike", () => {
    const composite = new MastraStorage({ id: "c", default: new InMemoryStore() });
    expect(composite).toBeInstanceOf(MastraCompositeStore);
    expect(composite.stores?.memory).toBeDefined();
  });
});

describe("composition", () => {
  test("takes domains over editor over default, by reference", () => {
    const [a, b, own] = [new InMemoryStore({ id: "a" }), new InMemoryStore({ id: "b" }), foreign()];
    const composite = new MastraCompositeStore({ id: "c", default: a, editor: b, domains: { scores: as<never>(own) } });
    expect(composite.stores?.memory).toBe(a.stores.memory);
    expect(composite.stores?.agents).toBe(b.stores.agents);
    expect(composite.stores?.datasets).toBe(a.stores.datasets);
    expect(composite.stores?.scores).toBe(own);
  });

  test("an editor store never supplies blobs", () => {
    const editor = { stores: { blobs: foreign(), skills: foreign() } };
    const composite = new MastraCompositeStore({ id: "c", editor });
    expect(composite.stores).toEqual({ skills: editor.stores.skills });
  });

  test("false switches a domain off; undefined and null fall through", async () => {
    const base = new InMemoryStore();
    const composite = new MastraCompositeStore({
      id: "c",
      default: base,
      domains: { observability: false, memory: undefined, scores: null },
    });
    expect(await composite.getStore("observability")).toBeUndefined();
    expect(await composite.getStore("memory")).toBe(base.stores.memory);
    expect(await composite.getStore("scores")).toBe(base.stores.scores);
  });

  test("routes every known key, and an unknown one with a warning", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const domains = Object.fromEntries([...DOMAIN_KEYS, "plants"].map((key) => [key, foreign()]));
    const composite = new MastraCompositeStore({ id: "c", domains: as<object>(domains) });
    expect(Object.keys(composite.stores ?? {})).toEqual([...DOMAIN_KEYS, "plants"]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("plants"));
    warn.mockRestore();
  });

  test("stores stays mutable, and getStore reads it at call time", async () => {
    const storage = new InMemoryStore();
    const late = foreign();
    storage.stores.backgroundTasks = late;
    expect(await storage.getStore("backgroundTasks")).toBe(late);
  });

  test("a later change of a parent is not seen", () => {
    const base = new InMemoryStore();
    const composite = new MastraCompositeStore({ id: "c", default: base });
    base.stores.blobs = foreign();
    expect(composite.stores?.blobs).toBeUndefined();
  });

  test("getStore answers undefined for names that are nobody's domain", async () => {
    const storage = new InMemoryStore();
    expect(await storage.getStore(as<"memory">("constructor"))).toBeUndefined();
    expect(await storage.getStore("knowledge")).toBeUndefined();
  });
});

describe("initialisation", () => {
  test("getStore readies the store that owns the domain, and no other", async () => {
    const [memory, broken] = [foreign(), foreign()];
    broken.fails = true;
    const composite = new MastraCompositeStore({
      id: "c",
      domains: { memory: as<never>(memory), observability: as<never>(broken) },
    });
    expect(await composite.getStore("memory")).toBe(memory);
    expect(memory.inits).toBe(1);
    expect(broken.inits).toBe(0);
    await expect(composite.getStore("observability")).rejects.toThrow("down");
  });

  test("callers share one run, a failure is forgotten, success is remembered", async () => {
    const domain = foreign();
    const composite = new MastraCompositeStore({ id: "c", domains: { memory: as<never>(domain) } });
    domain.fails = true;
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => composite.getStore("memory")));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(domain.inits).toBe(1);
    domain.fails = false;
    await Promise.all([1, 2, 3].map(() => composite.getStore("memory")));
    await composite.getStore("memory");
    expect(domain.inits).toBe(2);
  });

  test("a parent readies its own domains: they are not initialised past it", async () => {
    const domain = foreign();
    const init = vi.fn(async () => {});
    const composite = new MastraCompositeStore({ id: "c", default: { stores: { blobs: domain }, init } });
    await composite.getStore("blobs");
    await composite.init();
    expect(init).toHaveBeenCalled();
    expect(domain.inits).toBe(0);
  });

  test("init reaches everything once, waits for all, and names each failure", async () => {
    const [good, bad, worse] = [foreign(), foreign(), foreign()];
    bad.fails = true;
    const domains = { memory: as<never>(good), scores: as<never>(bad), workflows: as<never>(good) };
    const one = new MastraCompositeStore({ id: "c", domains });
    await expect(one.init()).rejects.toThrow("down");
    expect(good.inits).toBe(1);
    worse.fails = true;
    const two = new MastraCompositeStore({ id: "c", domains: { ...domains, agents: as<never>(worse) } });
    const error = await two.init().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AggregateError);
    expect(as<AggregateError>(error).message).toMatch(/scores, agents|agents, scores/);
    expect(as<AggregateError>(error).errors).toHaveLength(2);
  });

  test("disableInit: nothing happens by itself, a deliberate init reaches all", async () => {
    const domain = foreign();
    const composite = new MastraCompositeStore({ id: "c", disableInit: true, domains: { memory: as<never>(domain) } });
    expect(await composite.getStore("memory")).toBe(domain);
    expect(domain.inits).toBe(0);
    await composite.init();
    expect(domain.inits).toBe(1);
  });

  test("a nested store with disableInit is left alone, unless the composite says disableInit itself", async () => {
    const init = vi.fn(async () => {});
    const parent = { stores: { blobs: foreign() }, disableInit: true, init };
    const open = new MastraCompositeStore({ id: "c", default: parent });
    await open.getStore("blobs");
    await open.init();
    expect(init).not.toHaveBeenCalled();
    await new MastraCompositeStore({ id: "c", default: parent, disableInit: true }).init();
    expect(init).toHaveBeenCalledOnce();
  });

  test("the environment switches automatic initialisation off, not a deliberate one", async () => {
    vi.stubEnv("MASTRA_DISABLE_STORAGE_INIT", "true");
    const domain = foreign();
    const composite = new MastraCompositeStore({ id: "c", domains: { memory: as<never>(domain) } });
    await composite.getStore("memory");
    expect(domain.inits).toBe(0);
    await composite.init();
    expect(domain.inits).toBe(1);
    vi.unstubAllEnvs();
  });
});

describe("close", () => {
  test("closes parents once and goes on after a failure", async () => {
    const error = vi.fn();
    const failing = { stores: { memory: foreign() }, close: vi.fn(async () => Promise.reject(new Error("no"))) };
    const good = { stores: { agents: foreign() }, close: vi.fn(async () => {}) };
    const composite = new MastraCompositeStore({ id: "c", default: as<never>(failing), editor: as<never>(good) });
    composite.__setLogger({ debug() {}, info() {}, warn() {}, error });
    await Promise.all([composite.close(), composite.close()]);
    expect(failing.close).toHaveBeenCalledOnce();
    expect(good.close).toHaveBeenCalledOnce();
    expect(error).toHaveBeenCalledOnce();
  });

  test("lending a domain does not transfer ownership", async () => {
    const lender = new InMemoryStore();
    const composite = new MastraCompositeStore({ id: "c", domains: { scores: lender.stores.scores } });
    await composite.close();
    await expect(lender.engine.read([])).resolves.toEqual([]);
  });

  test("afterwards a store refuses work with a typed error, init included", async () => {
    const storage = new InMemoryStore();
    await storage.close();
    await storage.close();
    await expect(storage.engine.read([])).rejects.toMatchObject({ code: "closed" });
    await expect(storage.init()).rejects.toMatchObject({ code: "closed" });
  });
});

describe("prune", () => {
  test("without policies nothing is asked of a domain", async () => {
    const domain = foreign();
    const composite = new MastraCompositeStore({ id: "c", domains: { memory: as<never>(domain) } });
    expect(await composite.prune()).toEqual([]);
    expect(domain.pruned).toBe(0);
  });

  test("options replace the configured policies, and a failing domain is reported", async () => {
    const [good, bad] = [foreign(), foreign()];
    bad.prune = async () => Promise.reject(new Error("locked"));
    const composite = new MastraCompositeStore({
      id: "c",
      domains: { memory: as<never>(good), scores: as<never>(bad) },
      retention: { memory: { messages: { maxAge: "1d" } } },
    });
    composite.__setLogger({ debug() {}, info() {}, warn() {}, error() {} });
    const results = await composite.prune({
      retention: { scores: { scorers: { maxAge: 0 } }, plants: { x: { maxAge: 1 } } },
    });
    expect(good.pruned).toBe(0);
    expect(results).toEqual([{ domain: "scores", table: "scorers", deleted: 0, done: false, error: "locked" }]);
  });
});

test("hosts find what they touch: logger and registration cascade", () => {
  const domain = foreign();
  const seen: unknown[] = [];
  domain.__setLogger = (logger) => void seen.push(logger);
  domain.__registerMastra = (host) => void seen.push(host);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const composite = new MastraCompositeStore({ id: "c", domains: { memory: as<never>(domain) } });
  composite.__setLogger(logger);
  composite.__registerMastra("host");
  expect(seen).toEqual([logger, "host"]);
});
