import type { LineModel, Player } from "./line-model.ts";

/** A quarter of an hour: further ahead nobody asks as they do now. */
export const HORIZON_MS = 900_000;

/** Who waits no longer than this is not said to wait: forecasts of single requests are as exact. */
const NOTHING_MS = 1000;

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

/** What became of one consumer while a line was played forward. */
export interface Track {
  readonly player: Player;
  /** Units asked for, and served, by the end of each step; first those of the beginning. */
  readonly asked: number[];
  readonly served: number[];
  refusedFromMs?: number;
}

/** How far a line is played, and who is told of each step. */
export interface Play {
  readonly stepMs: number;
  readonly maxWaitMs: number;
  readonly onStep?: () => void;
}

/** Plays a line forward until those who ask last within the horizon have left. */
export function play(model: LineModel, { stepMs, maxWaitMs, onStep }: Play): readonly Track[] {
  const tracks: Track[] = model.players.map((player) => ({
    player,
    asked: [player.asked],
    served: [0],
  }));
  while (model.nowMs < HORIZON_MS + maxWaitMs + stepMs) {
    model.step();
    onStep?.();
    for (const track of tracks) follow(track, model.nowMs);
  }
  return tracks;
}

function follow(track: Track, nowMs: number): void {
  const { player } = track;
  track.asked.push(player.asked);
  track.served.push(player.served);
  if (player.refused && nowMs <= HORIZON_MS) track.refusedFromMs ??= nowMs;
}

/** How one consumer waits; `undefined`: for no more than a second. */
export function waitsOf(track: Track, stepMs: number): WaitForecast | undefined {
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
