export { crowdOn } from "./crowd.ts";
export { type CutOptions, type CutOutcomes, cutEverywhere } from "./cuts.ts";
export { deadlocksOn } from "./deadlocks.ts";
export { numbersOf, pairs, writePairs } from "./pairs.ts";
