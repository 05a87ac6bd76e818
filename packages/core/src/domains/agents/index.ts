export { AgentsStorage } from "./storage.ts";
