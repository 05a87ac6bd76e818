import type { WorkflowRunState, WorkflowsStorage } from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText, jsonValue } from "../../arbitraries.ts";
import type { DomainContext } from "../context.ts";
import { withAtomicLimit } from "../wraps.ts";
import { key } from "./runs.ts";

type Command =
  | { readonly kind: "persist"; readonly context: Record<string, unknown>; readonly members: Record<string, unknown> }
  | {
      readonly kind: "result";
      readonly stepId: string;
      readonly result: unknown;
      readonly requestContext: Record<string, unknown>;
    }
  | { readonly kind: "state"; readonly members: Record<string, unknown> }
  | { readonly kind: "delete" }
  | { readonly kind: "switch" };

const name = () => fc.oneof(fc.constantFrom("a", "b", "c", "1", "0", "input", "__proto__"), anyText());
const value = () => fc.oneof({ weight: 3, arbitrary: jsonValue() }, fc.constant("long ".repeat(900)));
const object = () => fc.dictionary(name(), value(), { maxKeys: 5, noNullPrototype: false });
const stepResult = () =>
  value().map((output) => ({ status: "success", output: Array.isArray(output) ? { output } : output }));
const members = () =>
  fc.dictionary(fc.constantFrom("status", "result", "value", "error", "x", "y"), value(), {
    maxKeys: 4,
    noNullPrototype: false,
  });

const command = (): fc.Arbitrary<Command> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("persist" as const),
      context: fc.dictionary(name(), stepResult(), { maxKeys: 8, noNullPrototype: false }),
      members: members(),
    }),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("result" as const),
        stepId: name(),
        result: fc.option(stepResult(), { nil: undefined }),
        requestContext: object(),
      }),
    },
    fc.record({ kind: fc.constant("state" as const), members: members() }),
    fc.constant({ kind: "delete" } as const),
    fc.constant({ kind: "switch" } as const),
  );

const own = (object: Record<string, unknown>) => new Map(Object.entries(object));
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const objectOf = (entries: Iterable<[string, unknown]>) => Object.fromEntries(entries);

/** What a run is, in the plainest words: two maps. */
class Model {
  run: { members: Map<string, unknown>; context: Map<string, unknown> } | undefined;

  apply(given: Command): void {
    if (given.kind === "delete") this.run = undefined;
    if (given.kind === "persist") this.run = { members: own(given.members), context: own(given.context) };
    if (given.kind === "state" && this.run)
      for (const [member, next] of own(given.members)) this.run.members.set(member, next);
    if (given.kind !== "result") return;
    this.run ??= {
      members: own({
        runId: key.runId,
        status: "pending",
        value: {},
        serializedStepGraph: [],
        activePaths: [],
        activeStepsPath: {},
        suspendedPaths: {},
        waitingPaths: {},
        resumeLabels: {},
        requestContext: {},
        timestamp: "any",
      }),
      context: new Map(),
    };
    if (given.result === undefined) this.run.context.delete(given.stepId);
    else this.run.context.set(given.stepId, given.result);
    const before = (this.run.members.get("requestContext") ?? {}) as Record<string, unknown>;
    const merged = objectOf([...own(before), ...own(given.requestContext)]);
    if (this.run.members.has("requestContext") || Object.keys(given.requestContext).length > 0) {
      this.run.members.set("requestContext", merged);
    }
  }

  get snapshot(): { readonly context: object } | null {
    return this.run ? plain({ ...objectOf(this.run.members), context: objectOf(this.run.context) }) : null;
  }
}

export function modelSuite(context: DomainContext): void {
  describe("against a model", () => {
    test("any sequence of calls leaves what the model says", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command(), { maxLength: 12 }), fc.boolean(), async (commands, isSmall) => {
          const options = isSmall ? { wrap: withAtomicLimit(5) } : {};
          const storage = await context.open(options);
          const first = (await storage.getStore("workflows")) as WorkflowsStorage;
          const isApart = context.canReopen && context.capabilities.compareAndSwap;
          const second = isApart
            ? ((await (await context.reopen(storage, options)).getStore("workflows")) as WorkflowsStorage)
            : first;
          let store = first;
          const model = new Model();
          for (const given of commands) {
            if (given.kind === "switch") store = store === first ? second : first;
            else await perform(store, given);
            model.apply(given);
            const found = await store.loadWorkflowSnapshot(key);
            if (found && typeof found.timestamp === "number") (found as { timestamp: unknown }).timestamp = "any";
            expect(plain(found)).toEqual(model.snapshot);
            expect(Object.keys(found?.context ?? {})).toEqual(Object.keys(model.snapshot?.context ?? {}));
          }
        }),
        { numRuns: context.runs(40) },
      );
    });
  });
}

async function perform(store: WorkflowsStorage, given: Command): Promise<void> {
  switch (given.kind) {
    case "persist": {
      const snapshot = { ...given.members, context: given.context } as unknown as WorkflowRunState;
      return store.persistWorkflowSnapshot({ ...key, snapshot });
    }
    case "result": {
      const { stepId, result, requestContext } = given;
      await store.updateWorkflowResults({ ...key, stepId, result, requestContext });
      return;
    }
    case "state":
      await store.updateWorkflowState({ ...key, opts: given.members as never });
      return;
    case "delete":
      await store.deleteWorkflowRunById(key);
  }
}
