import { parseList } from "structured-headers";
import { eachField, fieldLines, type RawFields } from "./fields.ts";
import { parseHttpDate } from "./http-date.ts";

/*
 * What an upstream says of its own limits, in the dialects that APIs speak:
 *
 *   RateLimit-Policy: "api";q=100;w=60  with  RateLimit: "api";r=50;t=30      draft-ietf-httpapi-ratelimit-headers-11
 *   RateLimit: limit=100, remaining=50, reset=30  with  RateLimit-Policy: 100;w=60     its revisions up to 08
 *   RateLimit-Limit: 100, 100;w=60  with  RateLimit-Remaining, RateLimit-Reset         its revisions up to 06
 *   X-RateLimit-Limit, -Remaining, -Reset (a delta or an instant), X-Rate-Limit[-Limit], ...
 *   X-RateLimit-Limit-Minute, -Remaining-Minute (-Second, -Hour, -Day)                 Help Scout
 *   X-RateLimit-Total, -Remaining, -Used-CurrentRequest                                Freshdesk
 *   Zendesk-RateLimit-Exports: total=100; remaining=99; resets=41                      Zendesk, of one endpoint
 *
 * Whatever is not a sensible number is as if it were not there.
 */

/** One limit as an upstream tells it; each part only where it was told. */
export interface ToldLimit {
  /** `endpoint`: it holds for what was asked for alone. */
  readonly scope: "api" | "endpoint";
  /** Units a window. */
  readonly limit?: number;
  readonly windowMs?: number;
  /** Units that are left. */
  readonly remaining?: number;
  /** Until more is left. */
  readonly resetMs?: number;
  /** Units that this request cost. */
  readonly costs?: number;
}

/** No limit, and no count of units, is larger. */
const MOST_UNITS = 1_000_000_000;
/** No window is longer, and no reset later. */
const MOST_MS = 31 * 86_400_000;
/** So many limits at most are read of one answer. */
const MOST_LIMITS = 8;
/** Of one field no more is read. */
const MOST_CHARACTERS = 1000;
/** A reset from here on is an instant in seconds, and from the second on one in milliseconds. */
const EPOCH_SECONDS = 100_000_000;
const EPOCH_MS = 100_000_000_000;

const SUFFIX_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** What the fields of an answer, received at this epoch millisecond, tell of limits; empty where nothing. */
export function toldLimits(fields: RawFields, receivedAt: number): readonly ToldLimit[] {
  if (!eachField(fields).some(([name]) => /rate-?limit/i.test(name))) return [];
  const now = originTime(fields, receivedAt);
  const drafts = structured(fields);
  const api = drafts.length > 0 ? drafts : [...suffixed(fields), ...plain(fields, now)];
  return [...api, ...zendesk(fields)].slice(0, MOST_LIMITS);
}

/** Instants are by the origin's clock, which its Date tells. */
function originTime(fields: RawFields, receivedAt: number): number {
  return parseHttpDate(fieldLines(fields, "date")[0] ?? "", receivedAt) ?? receivedAt;
}

interface Item {
  readonly value: unknown;
  readonly params: ReadonlyMap<string, unknown>;
}

function itemsOf(fields: RawFields, name: string): Item[] {
  try {
    return parseList(fieldLines(fields, name).join(", ")).map(([value, params]) => ({
      value,
      params,
    }));
  } catch {
    return [];
  }
}

/** RateLimit and RateLimit-Policy as structured fields, in the last draft's words or in older ones. */
function structured(fields: RawFields): ToldLimit[] {
  const policies = itemsOf(fields, "ratelimit-policy").filter(countsRequests);
  const states = itemsOf(fields, "ratelimit");
  if (policies.length === 0 && fieldLines(fields, "ratelimit").length === 0) return [];
  const named = policies.flatMap(({ value, params }) => {
    if (typeof value !== "string") return [];
    const state = states.find((one) => one.value === value)?.params ?? new Map<string, unknown>();
    return told({
      limit: units(params.get("q")),
      windowMs: seconds(params.get("w")),
      remaining: units(state.get("r")),
      resetMs: seconds(state.get("t")),
    });
  });
  return named.length > 0 ? named : dictionary(fields, policies);
}

/** A quota of bytes, or of concurrency, is none of requests. */
function countsRequests({ params }: Item): boolean {
  const unit = params.get("qu");
  return unit === undefined || unit === "requests";
}

/** `limit=100, remaining=50, reset=30`, and `100;w=60` for the window of that limit. */
function dictionary(fields: RawFields, policies: readonly Item[]): ToldLimit[] {
  const members = pairs(fieldLines(fields, "ratelimit").join(", "), ",");
  const limit = units(members.get("limit"));
  const policy = policies.find(({ value }) => units(value) === limit);
  return told({
    limit,
    windowMs: seconds(policy?.params.get("w")),
    remaining: units(members.get("remaining")),
    resetMs: seconds(members.get("reset")),
  });
}

/** One limit whose parts are a field each. */
function plain(fields: RawFields, now: number): ToldLimit[] {
  const first = (part: string): string | undefined =>
    PREFIXES.map((prefix) => fieldLines(fields, `${prefix}${part}`)[0]).find(
      (it) => it !== undefined,
    );
  const whole = first("-limit") ?? first("-total") ?? fieldLines(fields, "x-rate-limit")[0] ?? "";
  // Digits that never end would be gone through once for each of them.
  const written = whole.slice(0, MOST_CHARACTERS);
  const limit = units(written.split(/[,;]/, 1)[0]?.trim());
  const policy = [...written.matchAll(/(\d+)\s*;\s*w\s*=\s*(\d+)/g)].find(
    ([, quota]) => units(quota) === limit,
  );
  return told({
    limit,
    windowMs: seconds(policy?.[2] ?? /^\s*\d+\s*;\s*w\s*=\s*(\d+)/.exec(written)?.[1]),
    remaining: units(first("-remaining")?.split(",", 1)[0]?.trim()),
    resetMs: untilReset(first("-reset"), now),
    costs: units(first("-used-currentrequest")),
  });
}

const PREFIXES = ["ratelimit", "x-ratelimit", "x-rate-limit"] as const;

/** Help Scout's, which many gateways speak: the window is in the name. */
function suffixed(fields: RawFields): ToldLimit[] {
  return Object.entries(SUFFIX_MS).flatMap(([suffix, windowMs]) => {
    const of = (part: string): string | undefined =>
      fieldLines(fields, `x-ratelimit-${part}-${suffix}`)[0];
    const limit = units(of("limit"));
    const remaining = units(of("remaining"));
    return limit === undefined && remaining === undefined
      ? []
      : told({ limit, windowMs, remaining });
  });
}

/** Zendesk's limits of single endpoints. */
function zendesk(fields: RawFields): ToldLimit[] {
  return [...eachField(fields)].flatMap(([name, value]) => {
    if (!/^zendesk-ratelimit-/i.test(name)) return [];
    const members = pairs(value, ";");
    return told({
      scope: "endpoint",
      limit: units(members.get("total")),
      remaining: units(members.get("remaining")),
      resetMs: seconds(members.get("resets")),
    });
  });
}

type Maybe<Told> = { readonly [Part in keyof Told]?: Told[Part] | undefined };

/** One limit without the parts that were not told; none where none was. */
function told({ scope = "api", ...parts }: Maybe<ToldLimit>): ToldLimit[] {
  const known = Object.entries(parts).filter(([, value]) => value !== undefined);
  return known.length === 0 ? [] : [{ scope, ...Object.fromEntries(known) }];
}

function pairs(text: string, separator: string): Map<string, string> {
  const parts = text.slice(0, MOST_CHARACTERS).split(separator);
  return new Map(
    parts.map((part) => {
      const [name = "", value = ""] = part.split("=", 2);
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value >= 0 ? value : undefined;
  if (typeof value !== "string" || !/^\d{1,15}(?:\.\d{1,9})?$/.test(value.trim())) return undefined;
  return Number(value);
}

function units(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined || number > MOST_UNITS ? undefined : Math.floor(number);
}

function seconds(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined || number * 1000 > MOST_MS ? undefined : Math.round(number * 1000);
}

/** A delta in seconds, or an instant in seconds or milliseconds since 1970; an instant that has passed is 0. */
function untilReset(value: string | undefined, now: number): number | undefined {
  const number = numberOf(value);
  if (number === undefined || number < EPOCH_SECONDS) return seconds(value);
  const at = number >= EPOCH_MS ? number : number * 1000;
  const left = Math.max(0, Math.round(at - now));
  return left > MOST_MS ? undefined : left;
}
