import type { Line } from "./line.ts";
import type { Upstream } from "./ports/settings.ts";

/** A way out, with what of it outlives a change of the configuration. */
export interface Way {
  readonly line: Pick<Line, "upstream">;
}

/** A way that another has taken the place of. */
export interface Replaced<One> {
  readonly before: One;
  readonly now: One;
}

/** After its deadline a refresh that began at the last moment may still depart, and its time-outs begin. */
const LINGER_MS = 10_000;

/** The ways out to all upstreams: those that there ever were, and which of them exchanges that begin now may take. */
export class LineUp<One extends Way> {
  /** Every upstream that there ever was: one that comes back finds its queue as it was. */
  readonly #opened = new Map<string, One>();
  readonly #current = new Map<string, One["line"]>();

  /** By upstream's name. The map stays the same and changes. */
  get current(): ReadonlyMap<string, One["line"]> {
    return this.#current;
  }

  /** All that were ever opened. */
  get opened(): readonly One[] {
    return [...this.#opened.values()];
  }

  /** The way to an upstream that was opened, in use or not. */
  find(name: string): One | undefined {
    return this.#opened.get(name);
  }

  /** A way that was opened, and is not yet in use. */
  add(way: One): void {
    this.#opened.set(way.line.upstream.name, way);
  }

  /**
   * From now on these are the upstreams, each of which has been opened. `change` builds the way to one as it is now, or
   * gives back the way that there is; all are built before any is exchanged, so that where one cannot be, all stays as it
   * was. Returns what was replaced. @throws what `change` throws.
   */
  use(
    upstreams: readonly Upstream[],
    change: (before: One, upstream: Upstream) => One,
  ): readonly Replaced<One>[] {
    const ways = upstreams.map((upstream) => {
      const before = this.#opened.get(upstream.name);
      if (!before) throw new Error(`The upstream ${upstream.name} has not been opened.`);
      return { name: upstream.name, before, now: change(before, upstream) };
    });
    this.#current.clear();
    for (const { name, now } of ways) {
      this.#opened.set(name, now);
      this.#current.set(name, now.line);
    }
    return ways.filter(({ before, now }) => before !== now);
  }
}

/** How long a request that began before a change may still be on the connections of then, in milliseconds. */
export function lingerMs({ queue, timeouts }: Pick<Upstream, "queue" | "timeouts">): number {
  // Twice the body's: of the request, and of the answer.
  const sendingMs = timeouts.connectMs + timeouts.headersMs + 2 * timeouts.bodyMs;
  return queue.maxWaitMs + sendingMs + LINGER_MS;
}
