/*
 * What `npm run bench:growth` leaves behind: curves, each the cost of one thing at several sizes.
 */

/** The cost at one size. */
export interface Point {
  readonly size: number;
  /** Microseconds of processor time. */
  readonly micros: number;
}

/** One thing that should not cost more where there is more of something. */
export interface Curve {
  readonly what: string;
  /** Of what there is more and more. */
  readonly of: string;
  /** By rising size. */
  readonly points: readonly Point[];
}

/** Where the figures stand in docs/performance.md. */
export const GROWTH_MARKS = ["<!-- growth: npm run bench:growth -->", "<!-- /growth -->"] as const;

/** How many times the cost at the least size the cost at the greatest is. */
export function times({ points }: Curve): number {
  const [first, last] = [points[0], points.at(-1)];
  return first && last ? last.micros / first.micros : Number.NaN;
}

/** The curves as a Markdown table. */
export function growthTable(curves: readonly Curve[]): string {
  const head = ["| what | by number of | processor time | last to first |", "|---|---|---|---|"];
  const lines = curves.map((curve) => {
    const costs = curve.points.map(({ size, micros }) => `${grouped(size)}: ${rounded(micros)} us`);
    return `| ${curve.what} | ${curve.of} | ${costs.join(", ")} | ${times(curve).toFixed(1)} |`;
  });
  return [...head, ...lines].join("\n");
}

/** 1000000 as 1,000,000. */
export function grouped(size: number): string {
  return String(size).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Two digits that count, since the next would be noise. */
function rounded(micros: number): string {
  return micros >= 100 ? String(Math.round(micros)) : String(Number(micros.toPrecision(2)));
}
