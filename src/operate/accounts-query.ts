import { SPANS, startOf } from "../observe/account-buckets.ts";
import { quoted } from "./reference.ts";
import type { AccountSpan } from "../ports/accounts.ts";
import type { Refused } from "./orders.ts";

/*
 * What the query of `/accounts` means. Whole minutes are read where they are still kept, else whole hours, and the
 * answer says which.
 */

/** What the rows of an answer stand for. */
export type AccountsBy = "consumer" | "route" | "upstream" | "minute" | "hour";

/** A query that was understood. */
export interface AccountsQuery {
  readonly by: AccountsBy;
  readonly span: AccountSpan;
  /** Beginning of the first minute or hour, and end of the last, in epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Each absent: all. */
  readonly upstream?: string;
  readonly consumer?: string;
  readonly route?: string;
}

/** What a query is read with. */
export interface QueryTerms {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Names that may be asked for. */
  readonly upstreams: readonly string[];
}

const PARAMETERS = ["from", "to", "by", "upstream", "consumer", "route"] as const;
const BY: readonly AccountsBy[] = ["consumer", "route", "upstream", "minute", "hour"];
const HOUR_MS = 3_600_000;

/** Reads `?from=&to=&by=&upstream=&consumer=&route=`; all may be absent. */
export function readAccountsQuery(
  parameters: URLSearchParams,
  terms: QueryTerms,
): AccountsQuery | Refused {
  const unknown = [...parameters.keys()].find((name) => !isParameter(name));
  if (unknown !== undefined) {
    return { refused: `There is no ${quoted(unknown)} here, but: ${PARAMETERS.join(", ")}.` };
  }
  const twice = PARAMETERS.find((name) => parameters.getAll(name).length > 1);
  if (twice) return { refused: `${quoted(twice)} may be given once.` };
  const by = BY.find((one) => one === (parameters.get("by") ?? "consumer"));
  if (!by) return { refused: `"by" must be one of: ${BY.join(", ")}.` };
  const { upstreams } = terms;
  const upstream = parameters.get("upstream");
  if (upstream !== null && !upstreams.includes(upstream)) {
    return { refused: `"upstream" must be one of: ${upstreams.join(", ")}.` };
  }
  const times = readTimes(parameters, by, terms.now);
  return "refused" in times ? times : { by, ...times, ...chosen(parameters) };
}

function chosen(parameters: URLSearchParams): Pick<AccountsQuery, "upstream"> {
  const names = ["upstream", "consumer", "route"] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = parameters.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

type Times = Pick<AccountsQuery, "span" | "from" | "to">;

function readTimes(parameters: URLSearchParams, by: AccountsBy, now: number): Times | Refused {
  const to = instantOf(parameters.get("to"), now);
  const backMs = by === "hour" ? 24 * HOUR_MS : HOUR_MS;
  const from = instantOf(parameters.get("from"), to - backMs);
  if (Number.isNaN(from) || Number.isNaN(to)) {
    const form = `"from" and "to" must be instants like 2026-11-24T20:00Z or 2026-11-24T21:00:00+01:00, or days like 2026-11-24 (UTC).`;
    return { refused: form };
  }
  if (from >= to)
    return { refused: `"from" must be before "to", which is now unless it is given.` };
  const span =
    by === "hour" || (by !== "minute" && !isKept("minute", from, now)) ? "hour" : "minute";
  if (!isKept(span, from, now)) {
    const { keptMs } = SPANS[span];
    const first = new Date(startOf(span, now - keptMs)).toISOString();
    return {
      refused: `Each ${span} is kept for ${keptMs / HOUR_MS / 24} days: ask from ${first} on.`,
    };
  }
  const { ms } = SPANS[span];
  // What is to come is empty, however much of it is asked for.
  const end = Math.min(to, startOf(span, now) + ms);
  return {
    span,
    from: startOf(span, from),
    to: Math.max(startOf(span, end - 1) + ms, startOf(span, from)),
  };
}

function isKept(span: AccountSpan, from: number, now: number): boolean {
  return startOf(span, from) >= startOf(span, now - SPANS[span].keptMs);
}

const INSTANT = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Epoch milliseconds of an instant or day (RFC 3339, seconds optional); NaN where it is none. */
function instantOf(text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  // A plus that was not escaped has become a space on its way.
  const day = INSTANT.exec(text.replace(" ", "+"))?.[1] ?? "";
  const start = new Date(`${day}T00:00:00Z`);
  // Days that a month does not have would be taken for some of the next.
  const isDay = !Number.isNaN(start.getTime()) && start.toISOString().startsWith(day);
  return isDay ? Date.parse(text.replace(" ", "+")) : Number.NaN;
}

function isParameter(name: string): boolean {
  return PARAMETERS.some((one) => one === name);
}
