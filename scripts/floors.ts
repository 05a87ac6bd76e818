import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import adapterData from "./adapters.json" with { type: "json" };

export interface FloorViolation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

const adapters = `(?:${adapterData.adapters.map((adapter) => adapter.folder).join("|")})`;
const core = "^packages/core/src";
// Stands under every floor, and imports nothing.
const ground = `${core}/(errors|logger)\\.ts$`;
const engineDoor = `${core}/engine/index\\.ts$`;
const layersDoor = `${core}/layers/index\\.ts$`;
// A test may stand on any floor: the tests of a domain need an engine.
const tests = "\\.test(-d)?\\.ts$|^packages/[^/]+/test/";

/** `$1` in a `to` is what the first group of `from.path` matched. */
const rules: IForbiddenRuleType[] = [
  {
    name: "engine-is-the-ground-floor",
    comment: "the engine contract knows no domain, layer or storage object",
    from: { path: `${core}/engine/`, pathNot: tests },
    to: { path: `${core}/`, pathNot: [`${core}/engine/`, ground] },
  },
  {
    name: "ground-imports-nothing",
    comment: "every floor imports errors.ts and logger.ts, so they import none",
    from: { path: ground },
    to: { path: `${core}/` },
  },
  {
    name: "layer-knows-only-engines",
    comment: "a layer takes an engine and gives an engine; it imports engine/",
    from: { path: `${core}/layers/`, pathNot: tests },
    to: { path: `${core}/`, pathNot: [`${core}/layers/`, `${core}/engine/`, ground] },
  },
  {
    name: "domain-stands-on-the-contract",
    comment:
      "a domain imports engine/ and does not know what it stands on: no layer, no storage object, not the in-memory engine",
    from: { path: `${core}/domains/`, pathNot: tests },
    to: {
      path: `${core}/`,
      pathNot: [`${core}/domains/`, `${core}/engine/(?!memory/)`, ground],
    },
  },
  {
    name: "domain-stands-alone",
    comment: "what domains share lives in domains/shared",
    from: { path: `${core}/domains/([^/]+)/`, pathNot: tests },
    to: { path: `${core}/domains/`, pathNot: [`${core}/domains/$1/`, `${core}/domains/shared/`] },
  },
  {
    name: "engine-package-uses-the-engine-door",
    comment:
      "only index.ts and store.ts of an adapter import @stowage/core; the rest imports @stowage/core/engine, and layers where a database tells only at run time which it needs",
    from: {
      path: `^packages/${adapters}/src/`,
      pathNot: [tests, "/src/(index|store)\\.ts$", "/src/[a-z]+/(index|store)\\.ts$"],
    },
    to: { path: `${core}/`, pathNot: [engineDoor, layersDoor] },
  },
  {
    name: "engine-family-uses-the-engine-door",
    comment: "what engines of a family share imports only @stowage/core/engine",
    from: { path: "^packages/(sql|kv)/src/", pathNot: tests },
    to: { path: "^packages/", pathNot: ["^packages/$1/", engineDoor] },
  },
  {
    name: "adapter-stands-alone",
    comment: "what adapters share lives in @stowage/sql, @stowage/kv or core; a Redis over REST is the one over TCP",
    from: { path: `^packages/(${adapters})/src/` },
    to: { path: `^packages/${adapters}/`, pathNot: ["^packages/$1/", "^packages/redis/src/for-engines\\.ts$"] },
  },
  {
    name: "core-depends-on-no-other-package",
    comment: "every package depends on core",
    from: { path: `${core}/`, pathNot: tests },
    to: { path: "^packages/", pathNot: "^packages/core/" },
  },
  {
    name: "studio-talks-http",
    comment:
      "what runs in a browser knows the server by its addresses; of core it takes types, and nothing of any other package",
    from: { path: "^packages/studio/src/" },
    to: { path: "^packages/", pathNot: "^packages/(studio|core)/" },
  },
  {
    name: "studio-takes-only-types-of-core",
    comment: "what runs in a browser knows the server by its addresses; of core it takes types",
    from: { path: "^packages/studio/src/" },
    to: { path: "^packages/core/", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "packages-are-imported-by-name",
    comment: "another package is reached through its entries",
    from: { path: "^(packages/[^/]+|examples/[^/]+|bench|docs)/" },
    to: { path: "^packages/", pathNot: "^$1/", dependencyTypes: ["local"] },
  },
  {
    name: "no-cycles",
    comment: "files that import each other are one idea in two files, or two ideas in a knot",
    from: {},
    to: { circular: true },
  },
];

/** Reads the imports, type imports included, of every source file under `root` and holds them against the rules. */
export async function findViolations(root: string): Promise<{ violations: FloorViolation[]; modules: number }> {
  const { output } = await cruise(
    ["packages"],
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: rules.map((rule) => ({ severity: "error", ...rule })) },
      // The compiler this repository uses has no programming interface yet; swc parses without it.
      parser: "swc",
      tsPreCompilationDeps: true,
      exclude: { path: "(^|/)(dist|coverage)/" },
      doNotFollow: { path: "node_modules" },
    },
    { conditionNames: ["@stowage/source", "node", "import", "default"], exportsFields: ["exports"] },
  );
  const { summary } = output as ICruiseResult;
  const why = new Map(rules.map((rule) => [rule.name, rule.comment ?? ""]));
  return {
    modules: summary.totalCruised,
    violations: summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to: cycle ? cycle.map((step) => step.name).join(" → ") : to,
      why: why.get(rule.name) ?? "",
    })),
  };
}
