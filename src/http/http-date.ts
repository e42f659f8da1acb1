/*
 * HTTP-date (RFC 9110 section 5.6.7): three forms, case-sensitive, always GMT. `Date.parse` accepts far
 * more than these, and a cache that takes rubbish for a date stores what it must not.
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})`;
const MONTH = `(?<month>${MONTHS.join("|")})`;

const FORMS = [
  new RegExp(String.raw`^${DAY}, (?<day>\d{2}) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^${LONG_DAY}, (?<day>\d{2})-${MONTH}-(?<year>\d{2}) ${TIME} GMT$`),
  new RegExp(String.raw`^${DAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
];

/** Epoch milliseconds of an HTTP-date; `undefined` for anything else. `now` settles two-digit years. */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups) return instantOf(groups, now);
  }
  return undefined;
}

function instantOf(groups: Record<string, string | undefined>, now: number): number | undefined {
  const part = (name: string): number => Number(groups[name]);
  const [day, hour, minute, second] = [part("day"), part("hour"), part("minute"), part("second")];
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const month = MONTHS.indexOf(groups["month"] ?? "");
  const year = fullYear(groups["year"] ?? "", now);
  // Not by Date.UTC(), which takes the year 99 for 1999.
  const midnight = new Date(0).setUTCFullYear(year, month, day);
  // The 31st of April would have become the 1st of May.
  if (new Date(midnight).getUTCDate() !== day) return undefined;
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** "more than 50 years in the future [is] the most recent year in the past that had the same last two digits". */
function fullYear(digits: string, now: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(now).getUTCFullYear();
  const year = Math.floor(thisYear / 100) * 100 + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}
