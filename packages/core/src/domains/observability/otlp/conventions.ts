/** How a convention's attribute becomes a member of a span's attributes. */
type Reading = "asIs" | "number" | "first" | "json" | "jsonList" | "jsonObject";

export interface Rule {
  /** The attribute's names, the current one first. */
  readonly names: readonly string[];
  /** Where it goes in `attributes`, by member. */
  readonly path: readonly string[];
  readonly read: Reading;
}

const rule = (names: readonly string[], path: string, read: Reading = "asIs"): Rule => ({
  names,
  path: path.split("."),
  read,
});

const parameters = {
  max_tokens: "maxOutputTokens",
  temperature: "temperature",
  top_p: "topP",
  top_k: "topK",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  stop_sequences: "stopSequences",
  seed: "seed",
};

/** GenAI semantic conventions. Exported in the other direction, the first name is written. */
export const genAiRules: readonly Rule[] = [
  rule(["gen_ai.provider.name", "gen_ai.system"], "provider"),
  rule(["gen_ai.request.model"], "model"),
  rule(["gen_ai.response.model"], "responseModel"),
  rule(["gen_ai.response.id"], "responseId"),
  rule(["gen_ai.response.finish_reasons"], "finishReason", "first"),
  ...Object.entries(parameters).map(([name, member]) =>
    rule([`gen_ai.request.${name}`], `parameters.${member}`, name === "stop_sequences" ? "asIs" : "number"),
  ),
  rule(["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"], "usage.inputTokens", "number"),
  rule(["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"], "usage.outputTokens", "number"),
  rule(
    [
      "gen_ai.usage.cache_read.input_tokens",
      "gen_ai.usage.cache_read_input_tokens",
      "gen_ai.usage.cached_input_tokens",
    ],
    "usage.inputDetails.cacheRead",
    "number",
  ),
  rule(
    [
      "gen_ai.usage.cache_creation.input_tokens",
      "gen_ai.usage.cache_write.input_tokens",
      "gen_ai.usage.cache_write_tokens",
    ],
    "usage.inputDetails.cacheWrite",
    "number",
  ),
  rule(
    ["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"],
    "usage.outputDetails.reasoning",
    "number",
  ),
  rule(["gen_ai.usage.audio_input_tokens"], "usage.inputDetails.audio", "number"),
  rule(["gen_ai.usage.audio_output_tokens"], "usage.outputDetails.audio", "number"),
  rule(["gen_ai.tool.definitions"], "tools", "json"),
  rule(["gen_ai.tool.call.id"], "toolCallId"),
  rule(["gen_ai.tool.type"], "toolType"),
  rule(["gen_ai.tool.description"], "toolDescription"),
  rule(["gen_ai.embeddings.dimension.count"], "dimensions", "number"),
  rule(["gen_ai.data_source.id"], "indexName"),
  rule(["server.address"], "serverAddress"),
  rule(["server.port"], "serverPort", "number"),
];

/** Telemetry of the AI SDK. */
export const aiSdkRules: readonly Rule[] = [
  rule(["ai.model.id"], "model"),
  rule(["ai.model.provider"], "provider"),
  rule(["ai.prompt.tools"], "tools", "jsonList"),
  rule(["ai.prompt.toolChoice"], "toolChoice", "json"),
  rule(["ai.response.finishReason", "ai.finishReason"], "finishReason"),
  rule(["ai.response.id"], "responseId"),
  rule(["ai.response.model"], "responseModel"),
  rule(["ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"], "usage.inputTokens", "number"),
  rule(["ai.usage.outputTokens", "ai.usage.completionTokens"], "usage.outputTokens", "number"),
  rule(
    ["ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens"],
    "usage.inputDetails.cacheRead",
    "number",
  ),
  rule(["ai.usage.inputTokenDetails.cacheWriteTokens"], "usage.inputDetails.cacheWrite", "number"),
  rule(
    ["ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens"],
    "usage.outputDetails.reasoning",
    "number",
  ),
  rule(["ai.toolCall.id"], "toolCallId"),
];

/** OpenInference, and what Langfuse calls the same. */
export const openInferenceRules: readonly Rule[] = [
  rule(["llm.model_name", "embedding.model_name", "langfuse.observation.model.name"], "model"),
  rule(["llm.provider", "llm.system"], "provider"),
  rule(["llm.finish_reason"], "finishReason"),
  rule(["llm.invocation_parameters", "langfuse.observation.model.parameters"], "parameters", "jsonObject"),
  rule(["llm.token_count.prompt"], "usage.inputTokens", "number"),
  rule(["llm.token_count.completion"], "usage.outputTokens", "number"),
  rule(["llm.token_count.prompt_details.cache_read"], "usage.inputDetails.cacheRead", "number"),
  rule(["llm.token_count.prompt_details.cache_write"], "usage.inputDetails.cacheWrite", "number"),
  rule(["llm.token_count.prompt_details.audio"], "usage.inputDetails.audio", "number"),
  rule(["llm.token_count.completion_details.reasoning"], "usage.outputDetails.reasoning", "number"),
  rule(["llm.token_count.completion_details.audio"], "usage.outputDetails.audio", "number"),
  rule(["tool_call.id"], "toolCallId"),
  rule(["tool.description"], "toolDescription"),
];

/** The value as the rule's target has it; `undefined` when it cannot be. */
export function readByRule({ read }: Rule, value: unknown): unknown {
  switch (read) {
    case "number":
      return numberOf(value);
    case "first":
      return Array.isArray(value) ? value[0] : value;
    case "json":
      return parsed(value);
    case "jsonList":
      return Array.isArray(value) ? value.map(parsed) : parsed(value);
    case "jsonObject": {
      const object = parsed(value);
      return typeof object === "object" && object !== null && !Array.isArray(object) ? object : undefined;
    }
    default:
      return value;
  }
}

/** The value of JSON text; any other value, and text that is none, as it is. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
