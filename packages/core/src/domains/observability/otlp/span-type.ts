/** The type of a span that came from elsewhere, by the first rule that applies. */
export function spanTypeOf(attributes: Readonly<Record<string, unknown>>, kind: number): string {
  const own = attributes["mastra.span.type"];
  if (typeof own === "string" && own !== "") return own;
  return (
    aiSdkType(attributes["ai.operationId"]) ??
    genAiType(attributes) ??
    serverType(attributes, kind) ??
    kindNamed(attributes["openinference.span.kind"] ?? attributes["langfuse.observation.type"]) ??
    "generic"
  );
}

/** Stands before the test of gen_ai: inner spans of the AI SDK carry both, and counting tokens on both levels would double them. */
function aiSdkType(operation: unknown): string | undefined {
  if (typeof operation !== "string") return undefined;
  if (operation === "ai.toolCall") return "tool_call";
  if (/^ai\.embed/.test(operation)) return "rag_embedding";
  if (/^ai\.(generate|stream)(Text|Object)$/.test(operation)) return "model_generation";
  return /\.do(Generate|Stream)$/.test(operation) ? "model_inference" : undefined;
}

const operations: Readonly<Record<string, string>> = {
  chat: "model_generation",
  generate_content: "model_generation",
  text_completion: "model_generation",
  embeddings: "rag_embedding",
  retrieval: "rag_vector_operation",
  invoke_agent: "agent_run",
  invoke_workflow: "workflow_run",
};

function genAiType(attributes: Readonly<Record<string, unknown>>): string | undefined {
  const operation = attributes["gen_ai.operation.name"];
  if (operation === "execute_tool") {
    return Object.keys(attributes).some((key) => key.startsWith("mcp.")) ? "mcp_tool_call" : "tool_call";
  }
  return typeof operation === "string" && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
}

const serverKind = 2;

const serverType = (attributes: Readonly<Record<string, unknown>>, kind: number) =>
  kind === serverKind && attributes["mcp.method.name"] !== undefined ? "mcp_server_request" : undefined;

/** Kinds of OpenInference, and types of Langfuse. */
const kinds: Readonly<Record<string, string>> = {
  llm: "model_generation",
  generation: "model_generation",
  embedding: "rag_embedding",
  retriever: "rag_vector_operation",
  tool: "tool_call",
  agent: "agent_run",
};

function kindNamed(name: unknown): string | undefined {
  const kind = typeof name === "string" ? name.toLowerCase() : "";
  return Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

/** What an ingested span is about, where its type says so. */
export function entityTypeOf(spanType: string): string | null {
  if (spanType === "agent_run") return "agent";
  if (spanType === "workflow_run") return "workflow_run";
  return spanType === "tool_call" || spanType === "mcp_tool_call" ? "tool" : null;
}
