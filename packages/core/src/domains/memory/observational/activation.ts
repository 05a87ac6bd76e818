/** How much is wanted of buffered chunks. */
export interface ActivationTarget {
  /** Share of the threshold to set free, 0 to 1. */
  readonly activationRatio: number;
  readonly messageTokensThreshold: number;
  readonly currentPendingTokens: number;
  readonly forceMaxActivation: boolean;
}

/**
 * How many of the oldest chunks to put in force, given the message tokens of each; at least one. The number that brings the
 * pending tokens down to the floor, or a little past it, unless that takes far too much or leaves too little: then the number
 * that comes nearest from below.
 */
export function chunksToActivate(messageTokens: readonly number[], target: ActivationTarget): number {
  const { activationRatio, messageTokensThreshold, currentPendingTokens, forceMaxActivation } = target;
  const floor = messageTokensThreshold * (1 - activationRatio);
  const wanted = Math.max(0, currentPendingTokens - floor);
  const leastLeft = Math.min(1000, floor);

  let over: { count: number; sum: number } | undefined;
  let under: { count: number; sum: number } | undefined;
  let sum = 0;
  for (const [index, tokens] of messageTokens.entries()) {
    sum += tokens;
    const count = index + 1;
    if (sum >= wanted) {
      if (!over) over = { count, sum };
    } else if (sum > 0 && (!under || sum > under.sum)) under = { count, sum };
  }
  const leavesEnough = (choice: { sum: number }) => currentPendingTokens - choice.sum >= leastLeft;

  if (over && leavesEnough(over) && (forceMaxActivation || over.sum - wanted <= 0.95 * floor)) return over.count;
  if (under && leavesEnough(under)) return under.count;
  return over?.count ?? 1;
}
