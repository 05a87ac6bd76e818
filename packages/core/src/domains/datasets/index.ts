export { DatasetsStorage } from "./storage.ts";
