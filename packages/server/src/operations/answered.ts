import { createHash } from "node:crypto";
import { HttpError } from "../api/errors.ts";

/** An answer as it was given, so that it can be given again. */
export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string>;
}

interface Kept {
  fingerprint: string;
  answer: Promise<Answer>;
  /** Milliseconds since 1970. */
  until: number;
}

/**
 * Remembers answers to writes so that a repetition gets the first answer instead of a second write: under an
 * `Idempotency-Key` for a day, and without one for ten seconds when the connection broke before the answer was delivered.
 * Kept in this process and bounded; the oldest go first.
 */
export class Answered {
  readonly #kept = new Map<string, Kept>();
  readonly #limit: number;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /**
   * Answers under a key of the caller.
   *
   * @throws HttpError 422 when the key came with another request before.
   */
  async underKey(key: string, request: string, run: () => Promise<Answer>): Promise<Answer> {
    const fingerprint = hash(request);
    const known = this.#find(key);
    if (known) {
      if (known.fingerprint === fingerprint) return known.answer;
      throw new HttpError(422, "the Idempotency-Key was used with another request", { code: "idempotency_mismatch" });
    }
    const answer = run();
    this.#keep(key, { fingerprint, answer, until: Date.now() + 24 * 3600_000 });
    // What failed on our side may be tried again.
    const forget = () => this.#kept.delete(key);
    answer.then(({ status }) => status >= 500 && forget(), forget);
    return answer;
  }

  /** Answers a request whose twin may have lost its connection. */
  unlessBroken(request: string, signal: AbortSignal, run: () => Promise<Answer>): Promise<Answer> {
    const known = this.#kept.size > 0 ? this.#find(`broken:${hash(request)}`) : undefined;
    if (known) {
      this.#kept.delete(`broken:${known.fingerprint}`);
      return known.answer;
    }
    const answer = run();
    signal.addEventListener(
      "abort",
      () => {
        const fingerprint = hash(request);
        const key = `broken:${fingerprint}`;
        this.#keep(key, { fingerprint, answer, until: Date.now() + 10_000 });
        answer.then(
          ({ status }) => status >= 500 && this.#kept.delete(key),
          () => this.#kept.delete(key),
        );
      },
      { once: true },
    );
    return answer;
  }

  #find(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (!kept || kept.until > Date.now()) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    if (this.#kept.size > this.#limit) this.#kept.delete(this.#kept.keys().next().value as string);
  }
}

const hash = (text: string) => createHash("sha256").update(text).digest("base64");
