export { ExperimentsStorage } from "./storage.ts";
