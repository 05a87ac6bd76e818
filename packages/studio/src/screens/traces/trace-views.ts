/** Ways to look at the spans of a trace, as its address names them. */
export const traceViews = ["waterfall", "flame", "graph", "log"] as const;
export type TraceView = (typeof traceViews)[number];

export const viewLabels: Readonly<Record<TraceView, string>> = {
  waterfall: "Waterfall",
  flame: "Flame",
  graph: "Graph",
  log: "Log",
};
