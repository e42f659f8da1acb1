/** An answered request is remembered with these; instants are monotonic milliseconds. */
interface Answered {
  readonly endpoint: string;
  readonly cost: number;
  readonly departedAt: number;
}

/** So many answers are remembered at most; of more, the last ones tell the same. */
const MOST_KEPT = 10_000;

/** What this process had answered of late, by endpoint: the mix of what it asks for. */
export class Traffic {
  readonly #windowMs: number;
  readonly #units = new Map<string, number>();
  #answered: Answered[] = [];
  #first = 0;
  #all = 0;

  /** `windowMs`: for so long an answer counts. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** A request was answered, and not with a 429. */
  add(answered: Answered): void {
    this.#answered.push(answered);
    this.#count(answered, 1);
    this.#expire(answered.departedAt);
  }

  /** The part of the units that an endpoint had; 0 where nothing was answered. */
  share(endpoint: string, now: number): number {
    this.#expire(now);
    return this.#all === 0 ? 0 : (this.#units.get(endpoint) ?? 0) / this.#all;
  }

  /** True where anything that left later was answered; `except`: of other endpoints than this. */
  hasAnswered(after: number, except?: string): boolean {
    return this.#answered.some(
      ({ departedAt, endpoint }, index) =>
        index >= this.#first && departedAt > after && endpoint !== except,
    );
  }

  #expire(now: number): void {
    for (;;) {
      const oldest = this.#answered[this.#first];
      if (oldest === undefined) break;
      const isOld = oldest.departedAt <= now - this.#windowMs;
      if (!isOld && this.#answered.length - this.#first <= MOST_KEPT) break;
      this.#count(oldest, -1);
      this.#first += 1;
    }
    if (this.#first <= 1000) return;
    this.#answered = this.#answered.slice(this.#first);
    this.#first = 0;
  }

  #count({ endpoint, cost }: Answered, by: 1 | -1): void {
    this.#all += by * cost;
    const units = (this.#units.get(endpoint) ?? 0) + by * cost;
    if (units > 0) this.#units.set(endpoint, units);
    else this.#units.delete(endpoint);
  }
}
