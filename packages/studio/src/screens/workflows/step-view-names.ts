/** Ways to look at the steps of a run, as its address names them. */
export const stepViews = ["timeline", "graph"] as const;
export type StepView = (typeof stepViews)[number];

export const viewLabels: Readonly<Record<StepView, string>> = { timeline: "Timeline", graph: "Graph" };
