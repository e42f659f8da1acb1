/*
 * Slots that have been given back and are kept for a moment, since whoever forwards next can have one of them at once. While it
 * is kept a slot counts as taken, so the moment is short where others wait for it; and none is kept beyond its age, since
 * what guards against slots that are never given back would take it away.
 */

/** A slot of a limiter, for as long as it is not ended. */
export interface KeptSlot {
  /** Monotonic milliseconds. */
  readonly takenAt: number;
  readonly end: () => void;
}

/** What slots are kept with. */
export interface KeptSlotsOptions {
  /** For so long one is kept unused, in milliseconds. */
  readonly keepMs: number;
  /** From this age on none is kept, in milliseconds. */
  readonly oldMs: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** Slots at hand. */
export class KeptSlots<Slot extends KeptSlot> {
  readonly #options: KeptSlotsOptions;
  /** The one that was given back last stands last, with the instant at which it is to end. */
  #kept: { readonly slot: Slot; readonly untilAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeptSlotsOptions) {
    this.#options = options;
  }

  /** The slot that was given back last; `undefined`: none is at hand. */
  take(): Slot | undefined {
    for (let last = this.#kept.pop(); last; last = this.#kept.pop()) {
      if (!this.#isOld(last.slot)) return last.slot;
      last.slot.end();
    }
    return undefined;
  }

  /** Keeps a slot for a moment, or ends it. */
  keep(slot: Slot): void {
    const { keepMs, monotonic } = this.#options;
    if (this.#isOld(slot)) return slot.end();
    this.#kept.push({ slot, untilAt: monotonic() + keepMs });
    this.#timer ??= this.#wait(keepMs);
    return undefined;
  }

  /** Ends all. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { slot } of this.#kept.splice(0)) slot.end();
  }

  #isOld({ takenAt }: KeptSlot): boolean {
    return this.#options.monotonic() - takenAt >= this.#options.oldMs;
  }

  #wait(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#endUnused(), Math.max(1, ms)).unref();
  }

  /** Those that nobody wanted, and when to look again. */
  #endUnused(): void {
    const now = this.#options.monotonic();
    const over = this.#kept.filter(({ untilAt }) => untilAt <= now);
    this.#kept = this.#kept.filter(({ untilAt }) => untilAt > now);
    for (const { slot } of over) slot.end();
    const [next] = this.#kept;
    this.#timer = next && this.#wait(next.untilAt - now);
  }
}
