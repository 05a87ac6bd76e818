import { StorageError } from "@stowage/core/engine";
import type { SqlValue } from "@stowage/sql";

type Decode = (text: string) => SqlValue;

const number: Decode = (text) => Number(text);

/** Object ids of the types that come back as something else than text. They are the same in every PostgreSQL. */
const decoders: Readonly<Record<number, Decode>> = {
  16: (text) => (text === "t" || text === "true" ? 1 : 0),
  17: bytes,
  20: number,
  21: number,
  23: number,
  26: number,
  700: number,
  701: number,
  1184: instant,
};

/** How the text of a value becomes what the engine works with; `undefined` where it stays text. */
export const decoderOf = (type: number): Decode | undefined => decoders[type];

/** The types above, for clients that decode values by themselves unless told otherwise. */
export const decodedTypes: readonly number[] = [...Object.keys(decoders).map(Number), 25, 114, 1043, 1700, 1005];

/** Base64 of a `bytea`, in whichever of its two forms the session gives it: `\x` and hex, or bytes with escapes. */
function bytes(text: string): string {
  if (text.startsWith("\\x")) return Buffer.from(text.slice(2), "hex").toString("base64");
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_, code: string) =>
    code === "\\" ? code : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(plain, "latin1").toString("base64");
}

const digit = (text: string, at: number) => text.charCodeAt(at) - 48;
const two = (text: string, at: number) => digit(text, at) * 10 + digit(text, at + 1);

/** Milliseconds of a `timestamptz` in ISO form, such as `2026-11-22 16:38:09.12+00`. */
function instant(text: string): number {
  // The usual case by hand: a year of four digits, at most three of a second's fraction, whole hours of offset.
  const { length } = text;
  if (length >= 22 && length <= 26 && text[4] === "-" && text[10] === " " && text[13] === ":") {
    const sign = text[length - 3];
    if (sign === "+" || sign === "-") {
      let ms = 0;
      if (text[19] === ".") {
        for (let at = 20, unit = 100; at < length - 3; at++, unit /= 10) ms += digit(text, at) * unit;
      }
      const year = two(text, 0) * 100 + two(text, 2);
      if (year >= 100) {
        const local = Date.UTC(year, two(text, 5) - 1, two(text, 8), two(text, 11), two(text, 14), two(text, 17), ms);
        const offset = two(text, length - 2) * 3_600_000;
        return sign === "+" ? local - offset : local + offset;
      }
    }
  }
  return anyInstant(text);
}

const iso = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/;

function anyInstant(text: string): number {
  const match = iso.exec(text);
  if (!match) {
    throw new StorageError("the database gives instants in a form other than ISO; set DateStyle to ISO", {
      code: "unsupported",
      details: { option: "DateStyle" },
    });
  }
  const [, year, month, day, hours, minutes, seconds, fraction = "", sign, zoneHours, zoneMinutes, zoneSeconds, bc] =
    match;
  const local = new Date(0);
  local.setUTCFullYear(bc ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  local.setUTCHours(Number(hours), Number(minutes), Number(seconds), Math.round(Number(`0.${fraction || 0}`) * 1000));
  const offset = (Number(zoneHours) * 3600 + Number(zoneMinutes ?? 0) * 60 + Number(zoneSeconds ?? 0)) * 1000;
  return sign === "-" ? local.getTime() + offset : local.getTime() - offset;
}
