import type { StowageDomainKey } from "@stowage/core";
import { toHostError } from "./errors.ts";
import { hostDomainClass } from "./host.ts";

/** What the host must be able to call on every domain, and what the bridge answers itself. */
const own = new Set([
  "constructor",
  "__setLogger",
  "__registerMastra",
  "__setRawConfig",
  "toRawConfig",
  "init",
  "context",
]);

type Call = (...args: unknown[]) => unknown;

/**
 * A domain for the host: an instance of the host's own abstract class whose every method is answered by the Stowage domain,
 * with errors in the host's class. What Stowage does not know stays with the host's base class.
 *
 * @param init readies the storage object that owns the domain, in the way the host's release can bear.
 */
export function bridgeDomain(key: StowageDomainKey, domain: object, init: () => Promise<void>): object {
  const base = hostDomainClass(key) as new () => object;
  const bridged = class extends base {
    init(): Promise<void> {
      return init();
    }

    __setLogger(logger: unknown): void {
      (domain as { __setLogger?: (logger: unknown) => void }).__setLogger?.(logger);
    }

    __registerMastra(): void {}
  };
  Object.defineProperty(bridged, "name", { value: domain.constructor.name });
  for (const [name, property] of members(domain)) {
    if (own.has(name)) continue;
    if (typeof property.value === "function") define(bridged.prototype, name, forward(domain, name));
    else Object.defineProperty(bridged.prototype, name, { configurable: true, get: () => Reflect.get(domain, name) });
  }
  const instance = new bridged();
  shadowOwnFields(instance, domain);
  return instance;
}

/** A call on the Stowage domain. Synchronous methods stay synchronous. */
function forward(domain: object, name: string): Call {
  return (...args) => {
    const result = (Reflect.get(domain, name) as Call).apply(domain, args);
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw toHostError(error);
    });
  };
}

function define(target: object, name: string, value: Call): void {
  Object.defineProperty(value, "name", { value: name });
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

/** Everything public on the domain: own properties, then the classes it is made of, nearest first. */
function* members(domain: object): Generator<[name: string, property: PropertyDescriptor]> {
  const seen = new Set<string>();
  for (let level: object | null = domain; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (!seen.has(name)) yield [name, property];
      seen.add(name);
    }
  }
}

/** The host's constructor may have set fields (flags, mostly) of the same name: the domain's own answer counts. */
function shadowOwnFields(instance: object, domain: object): void {
  for (const name of Object.keys(instance)) {
    if (own.has(name) || !(name in domain) || typeof Reflect.get(domain, name) === "function") continue;
    Object.defineProperty(instance, name, {
      configurable: true,
      enumerable: true,
      get: () => Reflect.get(domain, name),
    });
  }
}
