type Format = (value: string) => boolean;

/**
 * The formats that are checked. None of the expressions here can backtrack over more than a bounded piece of the text: no
 * part that repeats may match what follows it.
 */
export const formats: Readonly<Record<string, Format>> = {
  "date-time": (value) => {
    const match = /^(.{10})[Tt](.+)$/.exec(value);
    return match !== null && isDate(match[1] as string) && isTime(match[2] as string);
  },
  date: isDate,
  time: isTime,
  duration: (value) =>
    /^P(?!$)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/.test(value),
  email: (value) => {
    const at = value.lastIndexOf("@");
    const local = value.slice(0, at);
    return (
      at > 0 &&
      at <= 64 &&
      /^[\w!#$%&'*+/=?^`{|}~.-]+$/.test(local) &&
      !local.startsWith(".") &&
      !local.endsWith(".") &&
      !local.includes("..") &&
      isHostname(value.slice(at + 1))
    );
  },
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: (value) => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(value) && isUriText(value),
  "uri-reference": isUriText,
  uuid: (value) => /^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$/.test(value),
  "json-pointer": (value) => (value === "" || value.startsWith("/")) && !/~(?![01])/.test(value),
  regex: (value) => {
    try {
      return new RegExp(value, "u") instanceof RegExp;
    } catch {
      return false;
    }
  },
};

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(value: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : (monthDays[month - 1] ?? 0);
  return day >= 1 && day <= days;
}

/** RFC 3339: with an offset, and a leap second only at the end of a UTC day. */
function isTime(value: string): boolean {
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/.exec(value);
  if (!match) return false;
  const [hour, minute, second] = match.slice(1, 4).map(Number) as [number, number, number];
  const offsetHour = Number(match[5] ?? 0);
  const offsetMinute = Number(match[6] ?? 0);
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  const offset = (offsetHour * 60 + offsetMinute) * (match[4] === "-" ? -1 : 1);
  return (((hour * 60 + minute - offset) % 1440) + 1440) % 1440 === 1439;
}

function isHostname(value: string): boolean {
  const labels = value.split(".");
  return (
    value.length <= 253 &&
    labels.every((label) => label.length <= 63 && /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label))
  );
}

function isIpv4(value: string): boolean {
  const parts = value.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(value: string): boolean {
  const halves = value.split("::");
  if (halves.length > 2 || value.length > 45) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    const parts = half === "" ? [] : half.split(":");
    for (const [at, part] of parts.entries()) {
      const isLast = index === halves.length - 1 && at === parts.length - 1;
      if (isLast && part.includes(".")) {
        if (!isIpv4(part)) return false;
        groups++;
      } else if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return false;
      groups++;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** Only characters that a URI may have, and whole percent escapes. */
function isUriText(value: string): boolean {
  return !/[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/.test(value) && !/%(?![0-9A-Fa-f]{2})/.test(value);
}
