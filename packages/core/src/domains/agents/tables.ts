import { integer, json, text, timestamp } from "../../engine/column.ts";
import { decodeJson } from "../../engine/json.ts";
import { defineTable, type Table } from "../../engine/table.ts";
import { deletions } from "../shared/deletions.ts";

/** Thin records of agents. */
export const agents = defineTable(
  "mastra_agents",
  {
    id: text(),
    status: text(),
    activeVersionId: text().nullable(),
    authorId: text().nullable(),
    visibility: text().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    favoriteCount: integer().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  },
  {
    key: ["id"],
    paths: {
      allByCreation: { sort: ["createdAt", "id"] },
      allByUpdate: { sort: ["updatedAt", "id"] },
      statusByCreation: { eq: ["status"], sort: ["createdAt", "id"] },
      statusByUpdate: { eq: ["status"], sort: ["updatedAt", "id"] },
      authorByCreation: { eq: ["authorId"], sort: ["createdAt", "id"] },
      authorByUpdate: { eq: ["authorId"], sort: ["updatedAt", "id"] },
      visibilityByCreation: { eq: ["visibility"], sort: ["createdAt", "id"] },
      visibilityByUpdate: { eq: ["visibility"], sort: ["updatedAt", "id"] },
    },
  },
);

/** Configurations of agents. Fields without a column of their own are in `extra`. */
export const agentVersions = defineTable(
  "mastra_agent_versions",
  {
    id: text(),
    agentId: text(),
    versionNumber: integer(),
    name: text().nullable(),
    description: text().nullable(),
    instructions: json().nullable(),
    model: json().nullable(),
    tools: json().nullable(),
    defaultOptions: json().nullable(),
    workflows: json().nullable(),
    agents: json().nullable(),
    integrationTools: json().nullable(),
    toolProviders: json().nullable(),
    inputProcessors: json().nullable(),
    outputProcessors: json().nullable(),
    memory: json().nullable(),
    scorers: json().nullable(),
    mcpClients: json().nullable(),
    workspace: json().nullable(),
    browser: json().nullable(),
    skills: json().nullable(),
    skillsFormat: text().nullable(),
    durable: json().nullable(),
    requestContextSchema: json().nullable(),
    extra: json<Record<string, unknown>>().nullable(),
    changedFields: json<string[]>().nullable(),
    changeMessage: text().nullable(),
    createdAt: timestamp(),
  },
  {
    key: ["id"],
    unique: { byNumber: ["agentId", "versionNumber"] },
    paths: {
      byNumber: { eq: ["agentId"], sort: ["versionNumber"] },
      byTime: { eq: ["agentId"], sort: ["createdAt", "versionNumber"] },
    },
    adopt: ({ instructions }) => adoptInstructions(instructions as string | null),
  },
);

/** Instructions once stood in a text column: a list of blocks as JSON, a plain text as it was, also one that looks like a number. */
function adoptInstructions(found: string | null): Readonly<Record<string, string>> {
  if (found === null) return {};
  const isText = typeof decodeJson(found) === "string" || found.startsWith("[");
  return { instructions: isText ? found : JSON.stringify(found) };
}

export const agentsTables: readonly Table[] = [agents, agentVersions, deletions];
