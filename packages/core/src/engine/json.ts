/**
 * Encodes any value as JSON text, losing only what JSON cannot express and never refusing:
 * `undefined`, functions and symbols are left out of objects and become `null` in arrays; `NaN`, infinities and invalid dates
 * become `null`; a `Date` its ISO text; a bigint its decimal string; an `Error` its `toJSON()` or its name, message, stack,
 * cause and own members; a cycle the string `[Circular]`; a throwing getter or `toJSON` turns that leaf into `null`.
 *
 * @param within objects that `value` is a part of, when only the part is encoded: a reference back to one is a cycle.
 * @returns the text, or `undefined` when the value itself is not expressible (`undefined`, a function, a symbol).
 */
export function encodeJson(value: unknown, within: readonly object[] = []): string | undefined {
  try {
    if (isPlain(value, 0)) return JSON.stringify(value);
  } catch {
    // A getter threw; the careful way finds out which.
  }
  return new Encoder(within).encode(value);
}

/** Parses JSON text made by {@link encodeJson}. */
export function decodeJson(text: string): unknown {
  return JSON.parse(text);
}

/** The JSON value that reading back `value` would give. */
export function toPlainJson(value: unknown): unknown {
  const text = encodeJson(value);
  return text === undefined ? undefined : JSON.parse(text);
}

const maxFastDepth = 200;

/** Whether `JSON.stringify` does the right thing with the value by itself. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return true;
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > maxFastDepth) return false;
  if (Array.isArray(value)) {
    if ((value as { toJSON?: unknown }).toJSON !== undefined) return false;
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depth + 1)) return false;
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return prototype === Date.prototype;
  if ((value as { toJSON?: unknown }).toJSON !== undefined) return false;
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

interface Frame {
  readonly source: object;
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  readonly read: (index: number) => unknown;
  next: number;
  written: number;
}

/** The careful way: an explicit stack, so that depth is bounded by memory and not by the call stack. */
class Encoder {
  private readonly parts: string[] = [];
  private readonly frames: Frame[] = [];
  private readonly ancestors: Set<object>;

  constructor(within: readonly object[]) {
    this.ancestors = new Set(within);
  }

  encode(root: unknown): string | undefined {
    const scalar = this.enter(root, "");
    if (scalar !== entered) return scalar;
    while (this.frames.length > 0) this.step(this.frames[this.frames.length - 1] as Frame);
    return this.parts.join("");
  }

  private step(frame: Frame): void {
    if (frame.next === frame.length) {
      this.parts.push(frame.keys ? "}" : "]");
      this.frames.pop();
      this.ancestors.delete(frame.source);
      return;
    }
    const index = frame.next++;
    const key = frame.keys?.[index];
    let value: unknown;
    try {
      value = frame.read(index);
    } catch {
      value = null;
    }
    const mark = this.parts.length;
    const separator = frame.written > 0 ? "," : "";
    this.parts.push(key === undefined ? separator : `${separator}${JSON.stringify(key)}:`);
    frame.written++;
    const scalar = this.enter(value, key ?? String(index));
    if (scalar === entered) return;
    if (scalar !== undefined) this.parts.push(scalar);
    else if (key === undefined) this.parts.push("null");
    else {
      this.parts.length = mark;
      frame.written--;
    }
  }

  /** Returns the text of a scalar, `undefined` for what JSON leaves out, or opens a frame and returns `entered`. */
  private enter(input: unknown, key: string): string | undefined | typeof entered {
    let value = input;
    try {
      if (typeof value === "object" && value !== null) {
        const toJSON = (value as { toJSON?: unknown }).toJSON;
        if (typeof toJSON === "function") value = toJSON.call(value, key);
        else if (value instanceof Error) value = errorMembers(value);
        else if (value instanceof Number || value instanceof String || value instanceof Boolean)
          value = value.valueOf();
      }
    } catch {
      return "null";
    }
    switch (typeof value) {
      case "bigint":
        return `"${value}"`;
      case "string":
      case "number":
      case "boolean":
        return JSON.stringify(value);
      case "object":
        break;
      default:
        return undefined;
    }
    if (value === null) return "null";
    if (this.ancestors.has(value)) return '"[Circular]"';
    const object = value;
    try {
      if (Array.isArray(object)) this.open(object, undefined, object.length, (index) => object[index]);
      else {
        const keys = Object.keys(object);
        this.open(object, keys, keys.length, (index) => (object as Record<string, unknown>)[keys[index] as string]);
      }
    } catch {
      return "null";
    }
    return entered;
  }

  private open(source: object, keys: readonly string[] | undefined, length: number, read: (index: number) => unknown) {
    this.ancestors.add(source);
    this.frames.push({ source, keys, length, read, next: 0, written: 0 });
    this.parts.push(keys ? "{" : "[");
  }
}

const entered = Symbol("entered");

function errorMembers(error: Error): Record<string, unknown> {
  const members: Record<string, unknown> = { name: error.name, message: error.message };
  if (error.stack !== undefined) members.stack = error.stack;
  if (error.cause !== undefined) members.cause = error.cause;
  return Object.assign(members, error);
}

/** Deep equality of two plain JSON values; the order of members does not count. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => jsonEqual(item, b[index]));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) && jsonEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

/** JSON text with members in code-unit order of their names: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  const plain = toPlainJson(value);
  return JSON.stringify(sorted(plain)) ?? "null";
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value).sort()) result[key] = sorted((value as Record<string, unknown>)[key]);
  return result;
}
