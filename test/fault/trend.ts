/** What became of one figure over a run. */
export interface Trend {
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** What it grew by over the part that was judged, as the median slope has it; negative: it shrank. */
  readonly growth: number;
  readonly flat: boolean;
}

/** Of the samples, so many come before caches are full and code is compiled. */
const WARM_SHARE = 1 / 3;

/**
 * Judges samples taken at even distances. The slope is the median of those between all pairs (Theil and Sen), which single
 * peaks do not move; flat is what grows by less than `tolerance` of its median, or by less than `slack` in its own unit.
 */
export function trendOf(
  samples: readonly number[],
  { tolerance, slack }: { readonly tolerance: number; readonly slack: number },
): Trend {
  const judged = samples.slice(Math.floor(samples.length * WARM_SHARE));
  const slopes = judged.flatMap((one, at) =>
    judged.slice(at + 1).map((other, later) => (other - one) / (later + 1)),
  );
  const growth = median(slopes) * Math.max(0, judged.length - 1);
  const flat = growth <= Math.max(slack, tolerance * median(judged));
  const [first = 0] = samples;
  return { first, last: samples.at(-1) ?? 0, most: Math.max(0, ...samples), growth, flat };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
