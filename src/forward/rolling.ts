/** The window is counted in so many parts: the oldest is forgotten as a whole. */
const PARTS = 10;

interface Part {
  readonly index: number;
  readonly counts: Map<string, number>;
}

/** Counts by key over a rolling window, to a tenth of it. Its memory is ten parts with each key that was counted. */
export class Rolling {
  readonly #partMs: number;
  #parts: Part[] = [];

  /** `windowMs`: in milliseconds. */
  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS;
  }

  /** Counts one at `now`, which is monotonic, in milliseconds. */
  add(key: string, now: number): void {
    const { counts } = this.#partAt(now);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  /** What was counted in the window that ends at `now`, by key. */
  sums(now: number): ReadonlyMap<string, number> {
    this.#forget(now);
    const sums = new Map<string, number>();
    for (const { counts } of this.#parts) {
      for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
    }
    return sums;
  }

  /** Forgets everything. */
  clear(): void {
    this.#parts = [];
  }

  #partAt(now: number): Part {
    this.#forget(now);
    const index = Math.floor(now / this.#partMs);
    const last = this.#parts.at(-1);
    if (last?.index === index) return last;
    const part = { index, counts: new Map<string, number>() };
    this.#parts.push(part);
    return part;
  }

  #forget(now: number): void {
    const oldest = Math.floor(now / this.#partMs) - PARTS;
    this.#parts = this.#parts.filter(({ index }) => index > oldest);
  }
}
