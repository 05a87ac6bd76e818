// Loaded before a program: takes Mastra's packages from where STOWAGE_MASTRA_FROM points, when it does.
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const from = process.env.STOWAGE_MASTRA_FROM;
if (from) {
  const parentURL = pathToFileURL(from).href;
  registerHooks({
    resolve(specifier, context, next) {
      const isOurs = !context.parentURL?.includes("/node_modules/");
      const isMastra = /^@mastra\/(core|memory|observability)(\/|$)/.test(specifier);
      return next(specifier, isMastra && isOurs ? { ...context, parentURL } : context);
    },
  });
}
