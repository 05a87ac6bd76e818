import { createHash } from "node:crypto";

/** How a hidden value is shown: not at all, by its last four letters, by a hash that can be joined on, or by a number. */
export type HidingStyle = "full" | "partial" | "hash" | "label";

export interface SensitiveDataOptions {
  /** Names of members whose values are hidden, beside the usual ones. Compared without case, `-` and `_`. */
  names?: readonly string[];
  /**
   * Places whose values are hidden, as names with dots between: `input.user.email`. `*` stands for any one name or place in a
   * list.
   */
  paths?: readonly string[];
  /** Shapes of values that are hidden wherever they stand, beside the usual ones. They must be linear and have the flag `g`. */
  patterns?: readonly RegExp[];
  /** Also hides e-mail addresses and telephone numbers. Default `false`. */
  contacts?: boolean;
  /** Default `full`. */
  style?: HidingStyle;
  /** For `hash`: keeps others from finding values by trying. */
  salt?: string;
}

/** Members that hold secrets whatever their values look like. `key` alone is no such name. */
const secretNames = [
  "password",
  "passwd",
  "passphrase",
  "secret",
  "token",
  "apikey",
  "accesskey",
  "privatekey",
  "authorization",
  "cookie",
  "setcookie",
  "credential",
  "credentials",
  "jwt",
  "bearer",
  "ssn",
];
/** Names that end in one of these, such as `x-api-key`, `access_token` or `clientSecret`. */
const secretEnds = ["apikey", "token", "secret", "password", "privatekey", "accesskey", "cookie", "credentials"];
/** What ends like a secret and counts something. */
const harmless = /^(max|min|num|total|input|output|prompt|completion|cached|reasoning|budget)/;

/** Shapes of secrets. Each is a walk over the text without going back. */
const secretPatterns: readonly RegExp[] = [
  /\b(?:sk|pk|rk)[-_](?:[a-zA-Z0-9]{1,16}[-_]){0,3}[a-zA-Z0-9]{20,200}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[opsur]_[A-Za-z0-9]{36,255}/g,
  /\bgithub_pat_[A-Za-z0-9_]{22,255}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,255}/g,
  /\bAIza[A-Za-z0-9_-]{35}/g,
  /\beyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{0,4096}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,10000}-----END [A-Z ]{0,40}PRIVATE KEY-----/g,
  /\b[Bb]earer +[A-Za-z0-9._~+/-]{8,4096}=*/g,
];
/** The password within an address. */
const passwordInUrl = /\b([a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@]{0,256}):([^\s/@]{1,256})@/gi;
const card = /\b\d(?:[ -]?\d){12,18}\b/g;
const contactPatterns: readonly RegExp[] = [
  /\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}\b/g,
  /\+\d{1,3}[ .-]?\d{2,4}(?:[ .-]?\d{2,4}){2,4}\b/g,
];

const escaped = (sign: string) => sign.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
const plainName = (name: string) => name.toLowerCase().replace(/[-_\s.]/g, "");

/**
 * Hides secrets: the values of members with telling names, and texts that have the shape of a secret wherever they stand,
 * also within JSON kept as text. A filter that fails hides the whole value.
 */
export class SensitiveDataFilter {
  readonly #names: ReadonlySet<string>;
  readonly #paths: readonly (readonly string[])[];
  readonly #patterns: readonly RegExp[];
  readonly #telling: RegExp;
  readonly #style: HidingStyle;
  readonly #salt: string;
  /** Numbers of values within a trace, for the style `label`. Bounded: the traces seen last. */
  readonly #labels = new Map<string, Map<string, number>>();

  /** @throws TypeError for a pattern without the flag `g`. */
  constructor({
    names = [],
    paths = [],
    patterns = [],
    contacts = false,
    style = "full",
    salt = "",
  }: SensitiveDataOptions = {}) {
    for (const pattern of patterns) if (!pattern.global) throw new TypeError(`the pattern ${pattern} needs the flag g`);
    this.#names = new Set([...secretNames, ...names.map(plainName)]);
    this.#paths = paths.map((path) => path.split("."));
    this.#patterns = [...secretPatterns, ...(contacts ? contactPatterns : []), ...patterns];
    const telling = [...this.#names, ...secretEnds].map((name) => [...name].map(escaped).join("[-_ .]?"));
    this.#telling = new RegExp(`(?:${telling.join("|")})["\\\\]`, "i");
    this.#style = style;
    this.#salt = salt;
  }

  /** Whether a member of this name is hidden. */
  hidesName(name: string): boolean {
    const plain = plainName(name);
    if (this.#names.has(plain)) return true;
    return secretEnds.some((end) => plain.endsWith(end)) && !harmless.test(plain);
  }

  /** Whether the value at this place is hidden. */
  hidesPath(place: readonly string[]): boolean {
    return this.#paths.some(
      (path) => path.length === place.length && path.every((name, index) => name === "*" || name === place[index]),
    );
  }

  /** Whether a text that is JSON may hold a member that is hidden by its name; a cheap first look. */
  mayHideIn(json: string): boolean {
    return this.#telling.test(json);
  }

  /** A value that is hidden as a whole. */
  hide(value: unknown, traceId = ""): string {
    return this.#shown(typeof value === "string" ? value : (JSON.stringify(value) ?? ""), traceId);
  }

  /** A text without the secrets in it. */
  text(value: string, traceId = ""): string {
    try {
      let text = value.replace(
        passwordInUrl,
        (_, before: string, password: string) => `${before}:${this.#shown(password, traceId)}@`,
      );
      for (const pattern of this.#patterns) text = text.replace(pattern, (found) => this.#shown(found, traceId));
      return text.replace(card, (digits) => (isCard(digits) ? this.#shown(digits, traceId) : digits));
    } catch {
      return "[hidden]";
    }
  }

  #shown(secret: string, traceId: string): string {
    // What is hidden already stays as it is, so that filtering again changes nothing.
    if (/^\[hidden[^\]\s]{0,40}\]$/.test(secret)) return secret;
    if (this.#style === "partial") return secret.length > 8 ? `[hidden…${secret.slice(-4)}]` : "[hidden]";
    if (this.#style === "hash") {
      return `[hidden:${createHash("sha256").update(this.#salt).update(secret).digest("hex").slice(0, 16)}]`;
    }
    return this.#style === "label" ? `[hidden#${this.#numberOf(secret, traceId)}]` : "[hidden]";
  }

  #numberOf(secret: string, traceId: string): number {
    let labels = this.#labels.get(traceId);
    if (!labels) {
      labels = new Map();
      this.#labels.set(traceId, labels);
      if (this.#labels.size > 1000) this.#labels.delete(this.#labels.keys().next().value as string);
    }
    const key = createHash("sha256").update(secret).digest("base64");
    const number = labels.get(key) ?? labels.size + 1;
    labels.set(key, number);
    return number;
  }
}

/** Whether the digits end in the right check digit. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum > 0 && sum % 10 === 0;
}
