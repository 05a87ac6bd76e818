/** What applies to every domain on every engine. `stack` puts layers around an engine and documents their order. */
export { forward, type Layer, stack } from "./stack.ts";
