import type { Data, JsonObject } from "../data.ts";
import type { Subject } from "../subject.ts";

/**
 * The spans of an agent that loops: each step is a call of a model with the conversation so far, and a call of a tool. They are
 * written as a tracer does, a batch a step.
 */
export async function writeLoop(
  observability: Pick<Subject["observability"], "batchCreateSpans">,
  data: Data,
  steps: number,
): Promise<void> {
  const traceId = data.hex(32);
  const root = data.span(traceId);
  const thread = data.thread();
  const conversation: JsonObject[] = [
    { role: "system", content: data.text(2000) },
    { role: "user", content: data.text(600) },
  ];
  await observability.batchCreateSpans({ records: [root] });
  for (let step = 0; step < steps; step++) {
    const input = { messages: [...conversation] };
    const [call, result] = data.messages(thread, 2);
    conversation.push(
      { role: "assistant", content: call!.content.parts },
      { role: "tool", content: result!.content.parts },
    );
    const model = { ...data.span(traceId, step, root.spanId), spanType: "model_step" };
    await observability.batchCreateSpans({
      records: [
        { ...model, input, output: { message: conversation.at(-2) } },
        { ...data.span(traceId, step, root.spanId), spanType: "tool_call" },
      ],
    });
  }
}
