import { median } from "./rounds.ts";
import type { Point } from "./growth-table.ts";

/* What something costs at several sizes, in this process, in turns. */

/** So often each size is measured. */
const ROUNDS = 7;

/** Something that is done again and again at one size. */
export interface Site {
  readonly size: number;
  /** What must be so before each round, at no cost. */
  readonly prepare?: () => Promise<void>;
  /** Does it so many times. */
  readonly work: (count: number) => Promise<void>;
}

/** Processor time so far, in microseconds. */
export type Meter = () => Promise<number>;

/** That of this process. */
export async function ownMicros(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Microseconds of processor time that one piece of work takes at each site: the median of several rounds in which the sites take
 * turns, after one that does not count.
 */
export async function costs(
  sites: readonly Site[],
  count: number,
  meter: Meter = ownMicros,
): Promise<Point[]> {
  const shown = new Map<Site, number[]>(sites.map((site) => [site, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const site of sites) {
      await site.prepare?.();
      const before = await meter();
      await site.work(count);
      const micros = (await meter()) - before;
      if (round > 0) shown.get(site)?.push(micros / count);
    }
  }
  return sites.map((site) => ({ size: site.size, micros: median(shown.get(site) ?? []) }));
}
