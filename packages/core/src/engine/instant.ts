const day = 86_400_000;
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

let lastDay = Number.NaN;
let lastText = "";

/**
 * What `toISOString` gives for an instant in whole milliseconds. Rows that are written together are of one day as a rule, so
 * the date's text is kept from one call to the next: that is several times as fast.
 *
 * @throws RangeError when no date has that time.
 */
export function isoText(milliseconds: number): string {
  const date = Math.floor(milliseconds / day);
  if (date !== lastDay) {
    const iso = new Date(milliseconds).toISOString();
    lastText = iso.slice(0, iso.indexOf("T") + 1);
    lastDay = date;
  }
  const time = milliseconds - date * day;
  const seconds = Math.floor(time / 1000);
  const minutes = Math.floor(seconds / 60);
  const fraction = time - seconds * 1000;
  const rest = fraction < 10 ? `00${fraction}` : fraction < 100 ? `0${fraction}` : `${fraction}`;
  return `${lastText}${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}.${rest}Z`;
}
