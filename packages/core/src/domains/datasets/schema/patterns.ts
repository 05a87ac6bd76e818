import type { RE2JS } from "re2js";
import { unsupportedPattern } from "../errors.ts";

/** A compiled pattern: tests whether a string has a match, in time linear in its length. */
export type Pattern = (value: string) => boolean;

let engine: typeof RE2JS | undefined;

/** Loads the regex engine; most schemas have no pattern and never need it. */
export async function loadPatterns(): Promise<void> {
  engine ??= (await import("re2js")).RE2JS;
}

/**
 * Compiles a regular expression of JSON Schema, which is ECMAScript's, for an engine without backtracking.
 *
 * @throws DatasetSchemaPatternError for what cannot run in linear time (look-around, back-references), for what the engine
 * has not, and for text that is no regular expression.
 */
export function compilePattern(source: string): Pattern {
  if (!engine) throw new TypeError("loadPatterns() has not run");
  if (!isRegularExpression(source)) throw unsupportedPattern(source, "it is no regular expression");
  const translated = translate(source);
  try {
    const compiled = engine.compile(translated);
    return (value) => compiled.test(value);
  } catch (cause) {
    throw unsupportedPattern(source, "it has syntax that cannot run in linear time", cause);
  }
}

function isRegularExpression(source: string): boolean {
  return ["u", ""].some((flags) => {
    try {
      // Only its syntax is looked at; it never runs here.
      return new RegExp(source, flags) instanceof RegExp;
    } catch {
      return false;
    }
  });
}

const space =
  "\\x{9}-\\x{D}\\x{20}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}";
const notSpace =
  "\\x{0}-\\x{8}\\x{E}-\\x{1F}\\x{21}-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{10FFFF}";
const everything = "\\x{0}-\\x{10FFFF}";

/** Writes an ECMAScript regular expression in RE2's syntax with the same meaning. */
function translate(source: string): string {
  let out = "";
  let inClass = false;
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at, at + 64);
    const character = String.fromCodePoint(source.codePointAt(at) as number);
    if (character === "\\") {
      const [text, length] = translateEscape(source, at, inClass);
      out += text;
      at += length;
    } else if (inClass) {
      if (character === "]") inClass = false;
      out += character === "[" || character === "&" || character === "~" ? `\\${character}` : character;
      at += character.length;
    } else if (character === "[") {
      const empty = /^\[\^?\]/.exec(rest)?.[0];
      if (empty) out += empty === "[]" ? `[^${everything}]` : `[${everything}]`;
      else inClass = true;
      if (!empty) out += rest.startsWith("[^") ? "[^" : "[";
      at += empty ? empty.length : rest.startsWith("[^") ? 2 : 1;
    } else if (character === "(") {
      const name = /^\(\?<([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)>/u.exec(rest);
      // Look-around and inline flags; without them `(?:` is the only form left.
      if (rest.startsWith("(?") && !name && !rest.startsWith("(?:")) {
        throw unsupportedPattern(source, "it has look-around or inline flags");
      }
      out += name ? "(" : rest.startsWith("(?:") ? "(?:" : "(";
      at += name ? name[0].length : rest.startsWith("(?:") ? 3 : 1;
    } else {
      if (character === ".") out += "[^\\n\\r\\x{2028}\\x{2029}]";
      else if (character === "{" && !/^\{\d+(?:,\d*)?\}/.test(rest)) out += "\\{";
      else out += character;
      at += character.length;
    }
  }
  return out;
}

const generalCategories: Readonly<Record<string, string>> = {
  Letter: "L",
  Lowercase_Letter: "Ll",
  Uppercase_Letter: "Lu",
  Titlecase_Letter: "Lt",
  Modifier_Letter: "Lm",
  Other_Letter: "Lo",
  Mark: "M",
  Nonspacing_Mark: "Mn",
  Spacing_Mark: "Mc",
  Enclosing_Mark: "Me",
  Number: "N",
  Decimal_Number: "Nd",
  Letter_Number: "Nl",
  Other_Number: "No",
  Punctuation: "P",
  Symbol: "S",
  Math_Symbol: "Sm",
  Currency_Symbol: "Sc",
  Modifier_Symbol: "Sk",
  Other_Symbol: "So",
  Separator: "Z",
  Space_Separator: "Zs",
  Other: "C",
  Control: "Cc",
  Format: "Cf",
};

/** The escape at `at` in RE2's syntax, and how many characters of the source it takes. */
function translateEscape(source: string, at: number, inClass: boolean): [text: string, length: number] {
  const rest = source.slice(at, at + 80);
  const kind = rest[1] ?? "";
  if (/[dDwWnrtfv]/.test(kind)) return [`\\${kind}`, 2];
  if (kind === "s") return [inClass ? space : `[${space}]`, 2];
  if (kind === "S") return [inClass ? notSpace : `[${notSpace}]`, 2];
  if (kind === "b") return [inClass ? "\\x{8}" : "\\b", 2];
  if (kind === "B" && !inClass) return ["\\B", 2];
  const hex =
    /^\\x([0-9a-fA-F]{2})/.exec(rest) ?? /^\\u\{([0-9a-fA-F]{1,6})\}/.exec(rest) ?? /^\\u([0-9a-fA-F]{4})/.exec(rest);
  if (hex) return translateCodePoint(hex, rest);
  const control = /^\\c([A-Za-z])/.exec(rest);
  if (control) return [`\\x{${((control[1] as string).charCodeAt(0) % 32).toString(16)}}`, 3];
  const property = /^\\([pP])\{(?:(gc|General_Category|sc|Script|scx|Script_Extensions)=)?([A-Za-z_]+)\}/.exec(rest);
  if (property) {
    const name = property[3] as string;
    const short = Object.hasOwn(generalCategories, name) ? generalCategories[name] : name;
    return [`\\${property[1]}{${short}}`, property[0].length];
  }
  if (kind === "0" && !/[0-9]/.test(rest[2] ?? "")) return ["\\x{0}", 2];
  if (/[1-9]/.test(kind) && !inClass) throw unsupportedPattern(source, "it has a back-reference");
  if (/[0-9kpP]/.test(kind)) throw unsupportedPattern(source, "it has an escape that is not supported");
  const literal = String.fromCodePoint(source.codePointAt(at + 1) as number);
  return [/[A-Za-z0-9]/.test(literal) || literal > "\x7f" ? literal : `\\${literal}`, 1 + literal.length];
}

/** A code point given in hex; two escaped halves of a surrogate pair are one. */
function translateCodePoint(hex: RegExpExecArray, rest: string): [string, number] {
  const code = Number.parseInt(hex[1] as string, 16);
  const low =
    code >= 0xd800 && code < 0xdc00 ? /^\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(rest.slice(hex[0].length)) : null;
  if (!low) return [`\\x{${code.toString(16)}}`, hex[0].length];
  const pair = String.fromCharCode(code, Number.parseInt(low[1] as string, 16));
  return [`\\x{${(pair.codePointAt(0) as number).toString(16)}}`, hex[0].length + low[0].length];
}
