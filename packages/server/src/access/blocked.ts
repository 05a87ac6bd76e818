import type { HttpError } from "../api/errors.ts";

const maxAddresses = 10_000;

/** Addresses that failed to authenticate too often. While one is here its credentials are not even looked at. */
export class Blocked {
  readonly #until = new Map<string, { until: number; refusal: HttpError }>();

  /** @throws HttpError 429 while the address is blocked. */
  check(address: string): void {
    const entry = this.#until.get(address);
    if (!entry) return;
    if (entry.until > Date.now()) throw entry.refusal;
    this.#until.delete(address);
  }

  add(address: string, refusal: HttpError): void {
    this.#until.set(address, { until: Date.now() + (refusal.options.retryAfter ?? 60) * 1000, refusal });
    if (this.#until.size > maxAddresses) this.#until.delete(this.#until.keys().next().value as string);
  }
}
