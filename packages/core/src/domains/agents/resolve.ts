import { get } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { completePage } from "../shared/pages.ts";
import { pageInfo } from "../shared/pagination.ts";
import { lookupId } from "../shared/values.ts";
import { versionDeletions } from "./deletion.ts";
import { pageOfAgents, type StoredAgent } from "./list-agents.ts";
import { latestOp, type StoredVersion, versionsById } from "./read-versions.ts";
import { toAgent } from "./records.ts";
import { toSnapshot } from "./snapshot.ts";
import { agents, agentVersions } from "./tables.ts";
import type {
  StorageListAgentsInput,
  StorageListAgentsResolvedOutput,
  StorageResolvedAgentType,
  VersionResolutionOptions,
} from "./types.ts";

/** One agent with the configuration asked for: one read, a second for an active version that is not the latest. */
export async function resolveAgent(
  context: DomainContext,
  given: string,
  options: VersionResolutionOptions = {},
): Promise<StorageResolvedAgentType | null> {
  const id = lookupId(given, "id");
  const versionId = options?.versionId ?? undefined;
  if (versionId !== undefined && typeof versionId !== "string") {
    throw invalid("versionId must be a string", "INVALID_INPUT", { path: "versionId" });
  }
  if (id === undefined || !isKeyText(id)) return null;
  const op = latestOp(id);
  const [{ rows: records }, page, { rows: marks }] = await context.engine.read([
    get(agents, [[id]]),
    op,
    versionDeletions.among([id]),
  ]);
  const agent = records[0];
  if (!agent) return null;
  const latest = marks[0] ? undefined : (await completePage(context.engine, op, page)).rows[0];
  const wanted = versionId ?? (options?.status === "draft" ? undefined : (agent.activeVersionId ?? undefined));
  if (wanted === undefined || wanted === latest?.id) return resolved(agent, latest);
  const [version] = await versionsById(context, [wanted]);
  if (version?.agentId === id) return resolved(agent, version);
  // Exactly this version was asked for, so no other stands in.
  if (versionId !== undefined) return resolved(agent, undefined);
  warnDangling(context, agent);
  return resolved(agent, latest);
}

/** A page of agents with configurations: the page, the active versions and the latest ones of the rest, the latest ones of danglers. */
export async function listResolved(
  context: DomainContext,
  input: StorageListAgentsInput,
  wantsLatest = input.status === "draft",
): Promise<StorageListAgentsResolvedOutput> {
  const { page, rows, total } = await pageOfAgents(context, input);
  const withActive = rows.filter(({ activeVersionId }) => !wantsLatest && activeVersionId !== null);
  const versions = await readChosen(context, rows, withActive);
  const dangling = withActive.filter(({ id }) => !versions.has(id));
  for (const agent of dangling) warnDangling(context, agent);
  for (const [id, version] of await readChosen(context, dangling, [])) versions.set(id, version);
  return {
    ...pageInfo(page, rows.length, total),
    agents: rows.map((agent) => resolved(agent, versions.get(agent.id))),
  };
}

/** The active versions of some agents and the latest of the others, by agent, in one read. */
async function readChosen(
  { engine }: DomainContext,
  rows: readonly StoredAgent[],
  withActive: readonly StoredAgent[],
): Promise<Map<string, StoredVersion>> {
  const versions = new Map<string, StoredVersion>();
  if (rows.length === 0) return versions;
  const others = rows.filter((row) => !withActive.includes(row));
  const active = withActive.filter(({ activeVersionId }) => isKeyText(activeVersionId as string));
  const ops = others.map(({ id }) => latestOp(id));
  const [{ rows: marks }, { rows: found }, ...pages] = await engine.read([
    versionDeletions.all(),
    get(
      agentVersions,
      active.map(({ activeVersionId }) => [activeVersionId as string]),
    ),
    ...ops,
  ]);
  const deleted = deletedIds(marks);
  const keep = (agentId: string, version: StoredVersion | undefined) => {
    if (version?.agentId === agentId && !deleted.has(agentId)) versions.set(agentId, version);
  };
  for (const [index, { id }] of active.entries()) keep(id, found[index]);
  for (const [index, { id }] of others.entries()) {
    const page = await completePage(engine, ops[index] as never, pages[index] as never);
    keep(id, page.rows[0] as StoredVersion | undefined);
  }
  return versions;
}

function resolved(agent: StoredAgent, version: StoredVersion | undefined): StorageResolvedAgentType {
  if (!version) return toAgent(agent);
  return { ...toSnapshot(version), ...toAgent(agent), resolvedVersionId: version.id };
}

function warnDangling({ logger }: DomainContext, { id, activeVersionId }: StoredAgent): void {
  logger.warn(`stowage: agent ${id} names the version ${activeVersionId}, which does not exist; its latest is used`);
}
