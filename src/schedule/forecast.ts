import { paceMs } from "./departures.ts";
import {
  arrivalsFrom,
  playPolicies,
  type PlayedPolicy,
  type UnderParts,
} from "./forecast-under.ts";
import { LineModel } from "./line-model.ts";
import { HORIZON_MS, play, waitsOf, type Track, type WaitForecast } from "./line-track.ts";

/*
 * At this rate, who will wait when? The line is played forward on the rates at which consumers have asked of late
 * (line-model.ts), and each wait is read off: a unit that has been asked for at an instant has left when as many have
 * been served. It is true for as long as everybody goes on asking as of late.
 */

/** What a forecast is made from; without `at` of what is asked for under inner quotas nothing is known. */
export type ForecastParts = Omit<UnderParts, "stepMs" | "arrives" | "at"> &
  Partial<Pick<UnderParts, "at">>;

/** Who waits when, in milliseconds from now. */
export interface ConsumerForecast {
  readonly consumer: string;
  readonly weight: number;
  /** Its part of each window, 0 to 1, where all who ask at present wait. */
  readonly share: number;
  /** Units a millisecond that it has asked for of late. */
  readonly ratePerMs: number;
  /** What its share is worth, in units a millisecond. */
  readonly guaranteedPerMs: number;
  /** Absent: whoever asks within the horizon waits for no more than a second. */
  readonly waits?: WaitForecast;
  /** The inner quota at which it does; absent: in the upstream's line. */
  readonly heldBy?: string;
}

/** Who will wait, and when the windows are used up. */
export interface LineForecast {
  /** How far it looks. */
  readonly horizonMs: number;
  /** The first quota without room, and when; absent: none within the horizon. */
  readonly usedUp?: { readonly quota: string; readonly inMs: number };
  readonly consumers: readonly ConsumerForecast[];
}

/** Steps of a horizon, at most. */
const STEPS = 4000;

/** Consumers of whom a forecast is made: those who ask for most. What the others ask for is left out. */
const MOST_CONSUMERS = 100;

/** Plays the line forward and tells who waits when. */
export function forecast({ at = new Map(), ...parts }: ForecastParts): LineForecast {
  const { terms, maxWaitMs } = parts;
  const stepMs = Math.max(paceMs(terms), HORIZON_MS / STEPS);
  const under = { ...parts, outlook: busiest(parts), stepMs, at };
  const played = playPolicies(under);
  const model = new LineModel({ ...under, arrives: arrivalsFrom(played, under) });
  let usedUp: LineForecast["usedUp"];
  const note = (): void => {
    const quota = terms.quotas[model.full];
    if (quota && !usedUp && model.nowMs <= HORIZON_MS)
      usedUp = { quota: quota.name, inMs: model.nowMs };
  };
  note();
  const tracks = play(model, { stepMs, maxWaitMs, onStep: note });
  const weights = tracks.reduce((sum, { player }) => sum + player.weight, 0);
  const consumers = tracks.map((track) => {
    const { consumer, weight, ratePerMs } = track.player;
    const share = weight / weights;
    const rates = { ratePerMs, guaranteedPerMs: share / paceMs(terms) };
    return { consumer, weight, share, ...rates, ...longest(track, played, stepMs) };
  });
  return { horizonMs: HORIZON_MS, ...(usedUp ? { usedUp } : {}), consumers };
}

/** Its longest wait, be it in the upstream's line or at an inner quota. */
function longest(
  track: Track,
  played: readonly PlayedPolicy[],
  stepMs: number,
): Pick<ConsumerForecast, "waits" | "heldBy"> {
  const { consumer } = track.player;
  const waits = waitsOf(track, stepMs);
  const held = played.flatMap(({ policy: heldBy, tracks }) => {
    const own = tracks.find(({ player }) => player.consumer === consumer);
    const there = own && waitsOf(own, stepMs);
    return there ? [{ waits: there, heldBy }] : [];
  });
  const all: Required<Pick<ConsumerForecast, "waits">>[] = [...(waits ? [{ waits }] : []), ...held];
  return all.toSorted((one, other) => other.waits.atWorstMs - one.waits.atWorstMs)[0] ?? {};
}

function busiest({
  outlook,
  rates,
}: Pick<ForecastParts, "outlook" | "rates">): ForecastParts["outlook"] {
  const of = (consumer: string): number => rates.get(consumer) ?? 0;
  const consumers = outlook.consumers
    .toSorted((a, b) => b.units - a.units || of(b.consumer) - of(a.consumer))
    .slice(0, MOST_CONSUMERS);
  return { ...outlook, consumers };
}
