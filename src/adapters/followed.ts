import type { Clock } from "../ports/clock.ts";

/** What is followed, and how. */
export interface FollowedParts {
  readonly clock: Clock;
  /** How often it is looked at, in milliseconds. */
  readonly lookMs: number;
  /** Looks once. Never rejects. */
  readonly look: () => Promise<void>;
}

/** Looks at something again and again until closed, and tells those who listen of what was found. */
export class Followed<Told> {
  readonly #parts: FollowedParts;
  readonly #listeners = new Set<(told: Told) => void>();
  readonly #end = new AbortController();
  readonly #life: Promise<void>;

  constructor(parts: FollowedParts) {
    this.#parts = parts;
    this.#life = this.#live();
  }

  /** Calls `listener` with what is told, until disposed of. */
  onChanged(listener: (told: Told) => void): Disposable {
    // Its own, since one function may be given twice.
    const own = (told: Told): void => listener(told);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  tell(told: Told): void {
    for (const listener of this.#listeners) listener(told);
  }

  /** Looks no more; resolves when the last look has ended. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#life;
  }

  async #live(): Promise<void> {
    const { signal } = this.#end;
    const { clock, lookMs, look } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(lookMs, signal).catch(() => {});
      if (!signal.aborted) await look();
    }
  }
}
