import { policyWords } from "../schedule/policies.ts";
import type { ConsumerForecast } from "../schedule/forecast.ts";
import type { MeasuredForecast } from "../schedule/forecaster.ts";
import type { WaitForecast } from "../schedule/line-track.ts";

/*
 * A forecast as people read it: instants, rates by the minute, and a sentence for each who waits.
 */

const MINUTE_MS = 60_000;

/** `now` in epoch milliseconds. */
export function forecastView(
  { horizonMs, measuredMs, usedUp, consumers }: MeasuredForecast,
  now: number,
): Readonly<Record<string, unknown>> {
  const rows = consumers.toSorted(byWait).map((one) => consumerView(one, now));
  return {
    at: instant(now),
    until: instant(now + horizonMs),
    ratesOverMs: Math.round(measuredMs),
    usedUp: usedUp ? { quota: usedUp.quota, at: instant(now + usedUp.inMs) } : null,
    consumers: rows,
  };
}

function consumerView(one: ConsumerForecast, now: number): Readonly<Record<string, unknown>> {
  const { consumer, weight, share, ratePerMs, guaranteedPerMs, waits } = one;
  return {
    consumer,
    weight,
    share: Math.round(share * 1000) / 1000,
    unitsPerMinute: tenths(ratePerMs * MINUTE_MS),
    guaranteedPerMinute: tenths(guaranteedPerMs * MINUTE_MS),
    waits: waits ? waitView(waits, now) : null,
    heldBy: one.heldBy ?? null,
    summary: summaryOf(one, now),
  };
}

function waitView(
  { fromMs, atWorstMs, untilMs, refusedFromMs }: WaitForecast,
  now: number,
): Readonly<Record<string, unknown>> {
  return {
    from: instant(now + fromMs),
    atWorstMs: Math.ceil(atWorstMs),
    until: untilMs === undefined ? null : instant(now + untilMs),
    refusedFrom: refusedFromMs === undefined ? null : instant(now + refusedFromMs),
  };
}

function summaryOf({ consumer, waits, heldBy }: ConsumerForecast, now: number): string {
  if (!waits) return `${consumer} waits for no more than a second.`;
  const { fromMs, atWorstMs, untilMs, refusedFromMs } = waits;
  const at = heldBy === undefined ? "" : ` for ${policyWords(heldBy)}`;
  const from = fromMs === 0 ? `waits now${at}` : `waits from ${time(now + fromMs)} on${at}`;
  const until = untilMs === undefined ? "with no end in sight" : `until ${time(now + untilMs)}`;
  const worst = `${Math.ceil(atWorstMs / 1000)} s at worst`;
  const refused =
    refusedFromMs === undefined ? "" : `; from ${time(now + refusedFromMs)} on some are refused`;
  return `${consumer} ${from}, ${until}, ${worst}${refused}.`;
}

/** Who waits longest comes first, then who asks for most. */
function byWait(one: ConsumerForecast, another: ConsumerForecast): number {
  const longer = (another.waits?.atWorstMs ?? 0) - (one.waits?.atWorstMs ?? 0);
  return longer || another.ratePerMs - one.ratePerMs;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

/** Of the day, UTC. */
function time(at: number): string {
  return `${instant(at).slice(11, 19)}Z`;
}
