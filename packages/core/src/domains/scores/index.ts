export { ScoresStorage } from "./storage.ts";
