import { Waits, type WaitsView } from "./waits.ts";

/** Consumers told apart; what further ones ask is counted together. */
const MOST_CONSUMERS = 100;

/** As whom those are counted who came after so many others. */
const OTHER = "other";

/** What became of requests for a turn under one set of terms. */
interface Fate {
  granted: number;
  refused: number;
  units: number;
  readonly waits: Waits;
}

/** The same requests under the real terms and under those that are tried. */
export interface Pair {
  weights: { readonly real: number; readonly shadow: number };
  asked: number;
  /** Those whose client left, or whose answer another's forward brought, before either let them go. */
  left: number;
  readonly real: Fate;
  readonly shadow: Fate;
}

/** Counts of one set of terms as they are told. */
export interface FateView {
  readonly granted: number;
  readonly refused: number;
  readonly units: number;
  readonly waits: WaitsView;
}

/** One consumer as it is told. */
export interface PairView {
  readonly consumer: string;
  readonly weights: { readonly real: number; readonly shadow: number };
  readonly asked: number;
  readonly left: number;
  readonly real: FateView;
  readonly shadow: FateView;
  /** By how much shorter the mean wait would be; negative: longer. Milliseconds. */
  readonly gainMs: number;
}

/** Counts by consumer, for as long as the process runs. */
export class ShadowCounts {
  readonly #pairs = new Map<string, Pair>();

  /** Those of one consumer, to be added to. */
  of(consumer: string, weights: Pair["weights"]): Pair {
    const full = this.#pairs.size >= MOST_CONSUMERS && !this.#pairs.has(consumer);
    const name = full ? OTHER : consumer;
    const pair = this.#pairs.get(name) ?? {
      weights,
      asked: 0,
      left: 0,
      real: none(),
      shadow: none(),
    };
    this.#pairs.set(name, pair);
    pair.weights = weights;
    return pair;
  }

  /** Those who would gain most come first. */
  view(): PairView[] {
    const views = [...this.#pairs].map(([consumer, { weights, asked, left, ...pair }]) => {
      const [real, shadow] = [fateView(pair.real), fateView(pair.shadow)];
      const gainMs = real.waits.meanMs - shadow.waits.meanMs;
      return { consumer, weights, asked, left, real, shadow, gainMs };
    });
    return views.toSorted((one, another) => another.gainMs - one.gainMs);
  }
}

function none(): Fate {
  return { granted: 0, refused: 0, units: 0, waits: new Waits() };
}

function fateView({ granted, refused, units, waits }: Fate): FateView {
  return { granted, refused, units, waits: waits.view() };
}
