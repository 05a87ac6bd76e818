import { z } from "@hono/zod-openapi";
import type { AgentsStorage, AgentVersion } from "@stowage/core";
import { badRequest, notFound } from "../api/errors.ts";
import { flag, object, orderBy, page } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { changedFields, differences, snapshotOf } from "./agent-changes.ts";
import { needsRuntime } from "./needs-runtime.ts";
import { anyRecord, pageShape, record } from "./shapes.ts";

const area = "agents";
const text = z.string().optional();
const statuses = z.enum(["draft", "published", "archived"]);
const agent = z.looseObject({ id: z.string(), status: z.string() });
const version = z.looseObject({ id: z.string(), agentId: z.string(), versionNumber: z.number() });
const done = z.object({ success: z.boolean(), message: z.string() });
const changeMessage = z.string().max(500).optional();

/** Whatever else a configuration holds is kept: versions carry unknown fields too. */
const configuration = {
  name: z.string().min(1).max(512),
  description: z.string().nullable().optional(),
  metadata: anyRecord.optional(),
  authorId: text,
  visibility: text,
  autoPublish: z.boolean().optional(),
};

const slugOf = (name: string) =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");

async function agentOf(agents: AgentsStorage, id: string) {
  const found = await agents.getById(id);
  if (!found) throw notFound("the agent was");
  return found;
}

async function versionOf(agents: AgentsStorage, agentId: string, versionId: string): Promise<AgentVersion> {
  const found = await agents.getVersion(versionId);
  if (found?.agentId !== agentId) throw notFound("the version was");
  return found;
}

/** Adds a version with a configuration; of several at once each gets a number. */
async function addVersion(
  agents: AgentsStorage,
  agentId: string,
  snapshot: object,
  fields: string[],
  message: string | undefined,
) {
  return agents.createVersion({ ...snapshot, agentId, changedFields: fields, changeMessage: message });
}

const publish = (agents: AgentsStorage, id: string, activeVersionId: string) =>
  agents.update({ id, activeVersionId, status: "published" });

export const agentRoutes: Route[] = [
  route("get /stored/agents", {
    area,
    summary: "A page of stored agents with their configurations",
    query: {
      ...page,
      ...orderBy("createdAt", "updatedAt"),
      status: statuses.optional(),
      authorId: text,
      visibility: text,
      metadata: object.optional(),
      favoritedOnly: flag.optional(),
      pinFavoritedFor: text,
    },
    answer: z.object({ agents: z.array(agent), ...pageShape }),
    async run({ store, query }) {
      const { perPage = 100, ...rest } = query;
      return (await store("agents")).listResolved({ perPage, ...rest });
    },
  }),
  route("post /stored/agents", {
    area,
    summary: "Makes an agent and its first version",
    body: z.looseObject({ ...configuration, id: z.string().min(1).max(512).optional(), changeMessage }),
    answer: agent,
    async run({ store, body }) {
      const agents = await store("agents");
      const { autoPublish, changeMessage: _message, ...given } = body;
      const id = given.id ?? slugOf(given.name);
      if (!id) throw badRequest("id: cannot be made from the name");
      const { description, ...fields } = given;
      await agents.create({ agent: { ...fields, ...(description != null && { description }), id } });
      if (autoPublish) {
        const first = await agents.getLatestVersion(id);
        if (first) await publish(agents, id, first.id);
      }
      return agents.getByIdResolved(id, { status: "draft" });
    },
  }),
  route("get /stored/agents/{agentId}", {
    area,
    summary: "An agent with its configuration",
    query: { status: statuses.optional() },
    answer: agent,
    async run({ store, params, query }) {
      const found = await (await store("agents")).getByIdResolved(
        params.agentId,
        query.status && { status: query.status },
      );
      if (!found) throw notFound("the agent was");
      return found;
    },
  }),
  route("patch /stored/agents/{agentId}", {
    area,
    summary: "Changes an agent; a changed configuration becomes a new version, which is not yet active",
    body: z.looseObject({ ...configuration, name: configuration.name.optional(), changeMessage }),
    answer: agent,
    async run({ store, params, body }) {
      const agents = await store("agents");
      const id = params.agentId;
      await agentOf(agents, id);
      const { autoPublish, changeMessage: message, authorId, visibility, metadata, ...given } = body;
      const latest = await agents.getLatestVersion(id);
      const before = latest ? snapshotOf(latest) : {};
      const after = snapshotOf({ ...before, ...given });
      const fields = changedFields(before, after);
      await agents.update({ id, authorId, visibility, metadata });
      const newest = fields.length > 0 ? await addVersion(agents, id, after, fields, message) : latest;
      if (autoPublish && newest) await publish(agents, id, newest.id);
      return agents.getByIdResolved(id, { status: "draft" });
    },
  }),
  route("delete /stored/agents/{agentId}", {
    area,
    summary: "Removes an agent with its versions",
    answer: done,
    async run({ store, params }) {
      const agents = await store("agents");
      await agentOf(agents, params.agentId);
      await agents.delete(params.agentId);
      return { success: true, message: "Agent deleted" };
    },
  }),
  route("get /stored/agents/{agentId}/versions", {
    area,
    summary: "A page of versions",
    query: { ...page, ...orderBy("versionNumber", "createdAt") },
    answer: z.object({ versions: z.array(version), ...pageShape }),
    async run({ store, params, query }) {
      const agents = await store("agents");
      await agentOf(agents, params.agentId);
      return agents.listVersions({ agentId: params.agentId, perPage: 20, ...query });
    },
  }),
  route("post /stored/agents/{agentId}/versions", {
    area,
    summary: "Keeps the latest configuration as another version",
    body: z.object({ changeMessage }).optional(),
    answer: version,
    async run({ store, params, body }) {
      const agents = await store("agents");
      await agentOf(agents, params.agentId);
      const latest = await agents.getLatestVersion(params.agentId);
      return addVersion(agents, params.agentId, latest ? snapshotOf(latest) : {}, [], body?.changeMessage);
    },
  }),
  route("get /stored/agents/{agentId}/versions/compare", {
    area,
    summary: "What differs between two versions",
    query: { from: z.string(), to: z.string() },
    answer: z.object({ diffs: z.array(record), fromVersion: version, toVersion: version }),
    async run({ store, params, query }) {
      const agents = await store("agents");
      const fromVersion = await versionOf(agents, params.agentId, query.from);
      const toVersion = await versionOf(agents, params.agentId, query.to);
      return { diffs: differences(snapshotOf(fromVersion), snapshotOf(toVersion)), fromVersion, toVersion };
    },
  }),
  route("get /stored/agents/{agentId}/versions/{versionId}", {
    area,
    summary: "One version",
    answer: version,
    run: async ({ store, params }) => versionOf(await store("agents"), params.agentId, params.versionId),
  }),
  route("post /stored/agents/{agentId}/versions/{versionId}/activate", {
    area,
    summary: "Puts a version in force and publishes the agent",
    body: z.looseObject({}).optional(),
    answer: z.object({ success: z.boolean(), message: z.string(), activeVersionId: z.string() }),
    async run({ store, params }) {
      const agents = await store("agents");
      const { id, versionNumber } = await versionOf(agents, params.agentId, params.versionId);
      await publish(agents, params.agentId, id);
      return { success: true, message: `Version ${versionNumber} is active`, activeVersionId: id };
    },
  }),
  route("post /stored/agents/{agentId}/versions/{versionId}/restore", {
    area,
    summary: "Makes a new version with the whole configuration of an old one",
    body: z.looseObject({}).optional(),
    answer: version,
    async run({ store, params }) {
      const agents = await store("agents");
      const old = await versionOf(agents, params.agentId, params.versionId);
      const latest = await agents.getLatestVersion(params.agentId);
      const snapshot = snapshotOf(old);
      const fields = latest ? changedFields(snapshotOf(latest), snapshot) : [];
      return addVersion(agents, params.agentId, snapshot, fields, `Restored from version ${old.versionNumber}`);
    },
  }),
  route("delete /stored/agents/{agentId}/versions/{versionId}", {
    area,
    summary: "Removes a version that is not active",
    answer: done,
    async run({ store, params }) {
      const agents = await store("agents");
      const { activeVersionId } = await agentOf(agents, params.agentId);
      const { id } = await versionOf(agents, params.agentId, params.versionId);
      if (activeVersionId === id) throw badRequest("the active version cannot be deleted");
      await agents.deleteVersion(id);
      return { success: true, message: "Version deleted" };
    },
  }),
  route("get /stored/agents/{agentId}/dependents", {
    area,
    summary: "Stored agents that name this one among their agents",
    answer: z.object({ dependents: z.array(z.object({ id: z.string(), name: z.string() })), hiddenCount: z.number() }),
    async run({ store, params }) {
      const agents = await store("agents");
      await agentOf(agents, params.agentId);
      const dependents: { id: string; name: string }[] = [];
      for (let page = 0; ; page++) {
        const { agents: found, hasMore } = await agents.listResolved({ page, perPage: 100 });
        for (const entry of found) {
          if (names(entry.agents, params.agentId)) dependents.push({ id: entry.id, name: entry.name ?? entry.id });
        }
        if (!hasMore) return { dependents, hiddenCount: 0 };
      }
    },
  }),
  route("get /agents", {
    area,
    isBound: true,
    summary: "No agent runs on a storage server",
    answer: z.record(z.string(), record),
    run: async () => ({}),
  }),
  ...needsRuntime(area, [
    "post /agents/{agentId}/generate",
    "post /agents/{agentId}/stream",
    "post /agents/{agentId}/network",
    "post /stored/agents/preview-instructions",
  ]),
];

/** Whether a field, conditional or not, has this agent among its keys. */
function names(field: unknown, id: string): boolean {
  if (Array.isArray(field)) return field.some((variant) => names((variant as { value?: unknown })?.value, id));
  return typeof field === "object" && field !== null && Object.hasOwn(field, id);
}
