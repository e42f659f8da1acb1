import { paceMs } from "./departures.ts";
import { LineModel, type LineModelParts, type Player } from "./line-model.ts";

/*
 * At this rate, who will wait when? The line is played forward on the rates at which consumers have asked of late
 * (line-model.ts), and each wait is read off: a unit that has been asked for at an instant has left when as many have
 * been served. It is true for as long as everybody goes on asking as of late.
 */

/** What a forecast is made from. */
export type ForecastParts = Omit<LineModelParts, "stepMs">;

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
}

/** One consumer's waiting, in milliseconds from now. */
export interface WaitForecast {
  /** When the first of those asks who wait for more than a second; 0: they wait already. */
  readonly fromMs: number;
  /** The longest wait of all who ask within the horizon. */
  readonly atWorstMs: number;
  /** From when on nobody who asks waits any more; absent: not within the horizon. */
  readonly untilMs?: number;
  /** From when on some would wait for longer than they may, so that they are refused; absent: nobody is. */
  readonly refusedFromMs?: number;
}

/** Who will wait, and when the windows are used up. */
export interface LineForecast {
  /** How far it looks. */
  readonly horizonMs: number;
  /** The first quota without room, and when; absent: none within the horizon. */
  readonly usedUp?: { readonly quota: string; readonly inMs: number };
  readonly consumers: readonly ConsumerForecast[];
}

/** A quarter of an hour: further ahead nobody asks as they do now. */
export const HORIZON_MS = 900_000;

/** Who waits no longer than this is not said to wait: forecasts of single requests are as exact. */
const NOTHING_MS = 1000;

/** Steps of a horizon, at most. */
const STEPS = 4000;

/** Consumers of whom a forecast is made: those who ask for most. What the others ask for is left out. */
const MOST_CONSUMERS = 100;

interface Track {
  readonly player: Player;
  readonly asked: number[];
  readonly served: number[];
  refusedFromMs?: number;
}

/** Plays the line forward and tells who waits when. */
export function forecast(parts: ForecastParts): LineForecast {
  const { terms, maxWaitMs } = parts;
  const stepMs = Math.max(paceMs(terms), HORIZON_MS / STEPS);
  const model = new LineModel({ ...parts, outlook: busiest(parts), stepMs });
  const tracks: Track[] = model.players.map((player) => ({
    player,
    asked: [player.asked],
    served: [0],
  }));
  let usedUp: LineForecast["usedUp"];
  const note = (): void => {
    const quota = terms.quotas[model.full];
    if (quota && !usedUp) usedUp = { quota: quota.name, inMs: model.nowMs };
  };
  note();
  // Those who ask last within the horizon leave after it.
  while (model.nowMs < HORIZON_MS + maxWaitMs + stepMs) {
    model.step();
    if (model.nowMs <= HORIZON_MS) note();
    for (const track of tracks) follow(track, model.nowMs);
  }
  const weights = tracks.reduce((sum, { player }) => sum + player.weight, 0);
  const consumers = tracks.map((track) => {
    const { consumer, weight, ratePerMs } = track.player;
    const share = weight / weights;
    const waits = waitsOf(track, stepMs);
    const rates = { ratePerMs, guaranteedPerMs: share / paceMs(terms) };
    return { consumer, weight, share, ...rates, ...(waits ? { waits } : {}) };
  });
  return { horizonMs: HORIZON_MS, ...(usedUp ? { usedUp } : {}), consumers };
}

function busiest({ outlook, rates }: ForecastParts): ForecastParts["outlook"] {
  const of = (consumer: string): number => rates.get(consumer) ?? 0;
  const consumers = outlook.consumers
    .toSorted((a, b) => b.units - a.units || of(b.consumer) - of(a.consumer))
    .slice(0, MOST_CONSUMERS);
  return { ...outlook, consumers };
}

function follow(track: Track, nowMs: number): void {
  const { player } = track;
  track.asked.push(player.asked);
  track.served.push(player.served);
  if (player.refused && nowMs <= HORIZON_MS) track.refusedFromMs ??= nowMs;
}

function waitsOf(track: Track, stepMs: number): WaitForecast | undefined {
  const waits = stepsWaited(track, Math.floor(HORIZON_MS / stepMs));
  const isLong = (steps: number): boolean => steps * stepMs > NOTHING_MS;
  const from = waits.findIndex(isLong);
  if (from === -1) return undefined;
  const { refusedFromMs } = track;
  const until = waits.findLastIndex(isLong) + 1;
  return {
    fromMs: from * stepMs,
    atWorstMs: Math.max(...waits) * stepMs,
    ...(until === waits.length ? {} : { untilMs: until * stepMs }),
    ...(refusedFromMs === undefined ? {} : { refusedFromMs }),
  };
}

/** What those wait who ask at each step, in steps; units that are asked for between two belong to the later one. */
function stepsWaited({ asked, served }: Track, last: number): number[] {
  let left = 0;
  return asked.slice(0, last + 1).map((all, step) => {
    const units = Math.floor(all + 1e-6);
    left = Math.max(left, step);
    while (left < served.length && (served[left] ?? 0) < units) left += 1;
    return left - step;
  });
}
