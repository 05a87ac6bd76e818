import { inOperation } from "../../errors.ts";
import type { DomainContext } from "./context.ts";

type Method = (this: { readonly context: DomainContext }, ...args: unknown[]) => unknown;

const alwaysSynchronous = ["constructor", "__setLogger", "__registerMastra"];

/**
 * Puts the error wrapper around every method of a domain class: whatever an operation throws, even synchronously, becomes a
 * rejection that names store, domain and operation. The outermost operation gives the name.
 *
 * Every method on the prototype is an operation, but for the `synchronous` ones: helpers of a class are `#private` or functions.
 */
export function defineOperations(
  domainClass: { readonly prototype: object },
  domainKey: string,
  synchronous: readonly string[] = [],
): void {
  const { prototype } = domainClass;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
    if (typeof property.value !== "function" || alwaysSynchronous.includes(name) || synchronous.includes(name))
      continue;
    const method = property.value as Method;
    const operation: Method = async function (...args) {
      try {
        return await method.apply(this, args);
      } catch (error) {
        throw inOperation(error, this.context.storeName, domainKey, name);
      }
    };
    Object.defineProperty(operation, "name", { value: name });
    Object.defineProperty(prototype, name, { ...property, value: operation });
  }
}
