import { readFileSync, readdirSync } from "node:fs";
import type { Load } from "./wrk.ts";

/*
 * Taking turns: every round asks each server once, so that whatever else the machine does falls on all of them, and
 * only ratios within one round count. Beside throughput stands the processor time of a request, which other work on
 * the machine disturbs much less.
 */

/** What one server showed in one round. */
export interface Shown extends Load {
  /** Microseconds of processor time that the server took for one request. */
  readonly cpuMicros: number;
}

/** A server, and how it is loaded for one round. */
export interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly run: () => Promise<Load & { readonly seconds: number }>;
}

/** By server's name, one value a round. @throws what a run threw. */
export async function takeTurns(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Shown[]>> {
  const shown = new Map<string, Shown[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, pid, run } of contenders) {
      const before = cpuMs(pid);
      const { seconds, ...load } = await run();
      const requests = Math.max(1, load.perSecond * seconds);
      const cpuMicros = ((cpuMs(pid) - before) * 1000) / requests;
      shown.get(name)?.push({ ...load, cpuMicros });
    }
  }
  return shown;
}

/** The middle one; of an even number the upper. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The median over all rounds of what `read` says of one server, divided by what it says of the other. */
export function ratio(
  one: readonly Shown[],
  other: readonly Shown[],
  read: (shown: Shown) => number,
): number {
  return median(
    one.map((shown, round) => {
      const beside = other[round];
      return beside ? read(shown) / read(beside) : Number.NaN;
    }),
  );
}

/** Milliseconds of processor time of a process and all its descendants (`/proc`, in ticks of 10 ms). */
export function cpuMs(pid: number): number {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [parent, spent] = statOf(name);
    parents.set(Number(name), parent);
    ticks.set(Number(name), spent);
  }
  const isOf = (id: number): boolean =>
    id === pid || (parents.has(id) && id > 1 && isOf(parents.get(id) ?? 0));
  return [...ticks].filter(([id]) => isOf(id)).reduce((sum, [, spent]) => sum + spent * 10, 0);
}

/** A process's parent and the ticks that it has taken; of one that has just gone, nothing. */
function statOf(pid: string): readonly [parent: number, ticks: number] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold spaces; the state comes after it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return [Number(fields[1]), Number(fields[11]) + Number(fields[12])];
  } catch {
    return [0, 0];
  }
}
