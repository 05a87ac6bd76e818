/** An engine that lives in another runtime, a Worker above all, and the suites that run here. Both ends need no Node. */
export { type ApplicationDay, applicationDay, expectedDay } from "./application.ts";
export { RemoteEngine } from "./remote-engine.ts";
export { engineServer, type RemoteCall } from "./serve.ts";
