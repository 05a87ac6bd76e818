/** The error of a span that was ended because nobody did. */
export const abandoned = JSON.stringify({
  id: "SPAN_ABANDONED",
  message: "the span was never ended; its process is taken to be gone",
});

export const isAbandoned = (error: string | null | undefined): boolean => error === abandoned;
