import type Bottleneck from "bottleneck";
import { KeptSlots, type KeptSlot } from "./kept-slots.ts";

/*
 * One of Bottleneck's limiters, whose jobs serve forwards one after the other: a job lasts for as long as its slot is
 * taken or kept. Where somebody waits for a slot in this process, none is kept.
 */

/** A job serves forwards that begin within so long, in milliseconds; its expiration comes so much later. */
const SERVES_MS = 10_000;

/** What jobs are run with. */
export interface JobsOptions {
  /** The longest that one forward may have its slot. */
  readonly expirationMs: number;
  /** For so long a slot is kept unused. */
  readonly keepMs: number;
}

/** A slot that is asked for. */
export interface Taking {
  /** Rejects with Bottleneck's error where its store fails. */
  readonly taken: Promise<Disposable>;
  /** It is not wanted any more. */
  readonly forgo: () => void;
}

interface Job extends KeptSlot {
  readonly expirationMs: number;
}

/** The jobs of one limiter. */
export class Jobs {
  readonly limiter: Bottleneck;
  readonly #kept: KeptSlots<Job>;
  #expirationMs: number;
  /** Jobs that have not begun. */
  #waiting = 0;

  constructor(limiter: Bottleneck, { expirationMs, keepMs }: JobsOptions) {
    this.limiter = limiter;
    this.#expirationMs = expirationMs;
    this.#kept = new KeptSlots({ keepMs, oldMs: SERVES_MS, monotonic: () => performance.now() });
  }

  /** A slot that is at hand; `undefined`: none is. */
  takeKept(): Disposable | undefined {
    const job = this.#kept.take();
    return job && this.#lend(job);
  }

  /** A slot by a job of its own. */
  take(): Taking {
    const slot = Promise.withResolvers<Disposable>();
    const end = Promise.withResolvers<void>();
    const expirationMs = this.#expirationMs;
    let waits = true;
    const begin = (): void => {
      if (waits) this.#waiting -= 1;
      waits = false;
    };
    this.#waiting += 1;
    this.limiter
      .schedule({ expiration: expirationMs + SERVES_MS }, async () => {
        begin();
        const takenAt = performance.now();
        slot.resolve(this.#lend({ takenAt, expirationMs, end: () => end.resolve() }));
        await end.promise;
      })
      .catch((error: unknown) => {
        begin();
        slot.reject(error);
      });
    slot.promise.catch(() => {});
    return { taken: slot.promise, forgo: () => end.resolve() };
  }

  /** Other terms from now on. Rejects where the limiter's store fails. */
  resize(concurrency: number, expirationMs: number): Promise<unknown> {
    this.#expirationMs = expirationMs;
    this.#kept.clear();
    // A promise, whatever its types say.
    return Promise.resolve(this.limiter.updateSettings({ maxConcurrent: concurrency }));
  }

  /** Ends the slots that nobody has. */
  close(): void {
    this.#kept.clear();
  }

  #lend(job: Job): Disposable {
    let lent = true;
    return {
      [Symbol.dispose]: () => {
        if (!lent) return;
        lent = false;
        if (this.#waiting > 0 || job.expirationMs !== this.#expirationMs) job.end();
        else this.#kept.keep(job);
      },
    };
  }
}
