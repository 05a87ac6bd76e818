const line = () => new TextEncoder().encode(`\n${JSON.stringify({ stowage: "interrupted" })}\n`);

/**
 * The same lines, but never cut off without a word: where the stream fails, or the server cannot wait any longer, the last
 * line says that it was interrupted.
 */
export function endingWithWord(stream: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  const interrupted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  interrupted.catch(() => {});
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await Promise.race([reader.read(), interrupted]);
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.enqueue(line());
        controller.close();
        reader.cancel(error).catch(() => {});
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
