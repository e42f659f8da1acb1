import { readFileSync } from "node:fs";
import type { Excuse } from "./record.ts";

/*
 * Whether the machine lets the instances run. A process that waits for a core for most of the time answers late, or not
 * before its client gives up, and nothing of that is its own doing: so it is measured, where the system tells it.
 */

/** Looked at this often, in milliseconds. */
const LOOK_MS = 2000;

/** One that waits for a core for more than this part of the time is starved. */
const MOST = 0.5;

/** Answers are late for so long afterwards, in milliseconds. */
const AFTER_MS = 5000;

/** A process, and for how long it has waited for a core in its life. */
export interface Waited {
  readonly at: number;
  readonly waitedMs: number;
}

/** What two looks at one process say; all in milliseconds. */
export function starvedBetween(before: Waited, after: Waited): Excuse | undefined {
  const part = (after.waitedMs - before.waitedMs) / (after.at - before.at);
  if (!(part > MOST)) return undefined;
  const span = { from: before.at, to: after.at + AFTER_MS };
  return { problems: ["store-unavailable"], breaks: false, odd: false, slow: true, ...span };
}

/** What hunger for cores explains, as far as the instances are concerned. */
export class Starved implements Disposable {
  readonly #excuses: Excuse[] = [];
  readonly #last = new Map<number, Waited>();
  readonly #timer: NodeJS.Timeout;
  readonly #pids: () => readonly number[];

  constructor(pids: () => readonly number[]) {
    this.#pids = pids;
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_MS);
    this.#timer.unref();
  }

  /** Hands out what was noticed since the last time. */
  take(): Excuse[] {
    return this.#excuses.splice(0);
  }

  #look(at: number): void {
    for (const pid of this.#pids()) {
      const waitedMs = waitedBy(pid);
      if (waitedMs === undefined) continue;
      const before = this.#last.get(pid);
      const excuse = before && starvedBetween(before, { at, waitedMs });
      if (excuse) this.#excuses.push(excuse);
      this.#last.set(pid, { at, waitedMs });
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The second number of Linux's schedstat: nanoseconds in a run queue. `undefined` where nobody tells it. */
function waitedBy(pid: number): number | undefined {
  try {
    const [, nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return undefined;
  }
}
