import { channelsOf, writeNote } from "./notice.ts";
import type { Bumped, RedisNames } from "./names.ts";
import type { News } from "./news.ts";
import type { Clock } from "../../ports/clock.ts";

/*
 * Why nobody is answered from before a bump that has returned, near caches included (promise P7).
 *
 * A process with a near cache is a holder. It answers from memory only under a lease of LEASE_MS on its own
 * monotonic clock, and every lease comes from a renewal, which one script in Redis does. Let a bump's script run
 * at the instant w with place s in the log. It gives the names new tokens, so that whoever asks Redis after w
 * sees them; what remains is memory. The script also takes the list of holders. Each of them is in one of three
 * states, and bump() returns when it is in one of the first two.
 *
 * 1. It has said that it dropped what s made invalid: by a message, or by a renewal that told Redis so, which
 *    unsettled.lua reads. A renewal counts for what the holder had dropped *before it was sent*; that the script
 *    handed out the log up to s proves nothing, since the reply may be late and an older lease may still hold.
 *    What was dropped does not come back: a reading that was begun before the drop is not put in, and one begun
 *    after it was read from Redis after w.
 * 2. LEASE_MS have passed since the script's reply. A renewal that ran before w was sent before w, so its lease,
 *    counted from before it was sent, has run out. A renewal that ran after w brought the log with s, which is
 *    dropped in the same turn in which the lease begins. MARGIN_MS is for clocks that run at other speeds.
 * 3. It left: it withdrew, and stops answering first; or it was expelled. A holder is expelled only by whoever
 *    has waited for state 2, and only if it has not renewed since w (one atomic script), so it has no lease. When
 *    it comes back it is unknown, and an unknown holder drops everything before its lease begins.
 *
 * A holder that comes to the list after w was unknown: everything in its memory was read after that.
 *
 * Redis itself may forget: a restart, a fail-over or a flush loses the list while leases are held. Then the
 * epoch is a new one, so holders are unknown at their next renewal; and for BLIND_MS after the loss was noticed
 * every bump waits, since leases from before may run until then. The log is bounded; who is too far behind is
 * told to drop everything, as an unknown one is. Messages may be lost: the next renewal brings them, so that a cut
 * subscription costs a renewal's time and never an answer.
 *
 * mark() tells holders in the same way and waits for nobody: it is not answered to anyone. Only its end may
 * invalidate by itself, which is why a mark lasts at least as long as a lease.
 *
 * What this rests on: monotonic clocks that do not stand still while others run (a suspended virtual machine
 * may, for one lease after it wakes), and one Redis that is written to at a time.
 */

/** How long a renewal lets a holder answer, in milliseconds from before it was sent. */
export const LEASE_MS = 500;

/** By so much more a writer waits, in milliseconds. */
export const MARGIN_MS = 50;

/** For so long after Redis lost its memory there may be holders that it does not know. */
const BLIND_MS = LEASE_MS + MARGIN_MS;

/** How often Redis is asked what holders have told it, in milliseconds; messages are faster. */
const POLL_MS = 75;

/** What bumps are made with. */
export interface BumpsOptions {
  readonly names: RedisNames;
  readonly news: News;
  readonly prefix: string;
  readonly clock: Clock;
  /** This process, which drops by itself and is not waited for. */
  readonly self: string;
}

/** The bumps of one process, which wait until every other has heard of them. */
export class Bumps {
  readonly #options: BumpsOptions;
  readonly #waits = new Map<string, Wait>();
  #tickets = 0;

  constructor(options: BumpsOptions) {
    this.#options = options;
    const { news, prefix, self } = options;
    news.listen(channelsOf(prefix).acknowledged(self), (message) => {
      const [ticket = "", holder = ""] = message.split(" ");
      this.#waits.get(ticket)?.hear(holder);
    });
  }

  /** Resolves once no holder answers from before the bump. @throws StoreFault where it may not have been made. */
  async bump(tags: readonly string[], kind: "hard" | "soft"): Promise<void> {
    const { names, prefix, self } = this.#options;
    const ticket = String((this.#tickets += 1));
    const wait = new Wait();
    // Before the script runs: a holder may be faster than its reply.
    this.#waits.set(ticket, wait);
    try {
      const note = writeNote({ writer: self, ticket, tags });
      const channel = channelsOf(prefix).names;
      const bumped = await names.bump(kind, BLIND_MS, { tags, note, channel });
      await this.#settle(bumped, wait);
    } finally {
      this.#waits.delete(ticket);
    }
  }

  async #settle(bumped: Bumped, wait: Wait): Promise<void> {
    const { names, clock, self } = this.#options;
    const since = clock.monotonic();
    const end = new AbortController();
    wait.expect(bumped.holders.filter((holder) => holder !== self));
    try {
      void this.#poll(bumped, wait, end.signal);
      await Promise.race([wait.over, clock.sleep(LEASE_MS + MARGIN_MS, end.signal)]);
      if (wait.open.length > 0) names.expel(bumped, wait.open).catch(() => {});
      const blindMs = bumped.blindMs - (clock.monotonic() - since);
      if (blindMs > 0) await clock.sleep(blindMs, end.signal);
    } finally {
      end.abort();
    }
  }

  /** For holders whose messages do not arrive. */
  async #poll(bumped: Bumped, wait: Wait, signal: AbortSignal): Promise<void> {
    const { names, clock } = this.#options;
    while (!signal.aborted && wait.open.length > 0) {
      await clock.sleep(POLL_MS, signal).catch(() => {});
      if (signal.aborted || wait.open.length === 0) return;
      // Where Redis does not answer, time passes.
      const open = await names.unsettled(bumped, wait.open).catch(() => wait.open);
      for (const holder of wait.open.filter((one) => !open.includes(one))) wait.hear(holder);
    }
  }
}

/** Who is still to be heard of. */
class Wait {
  readonly #heard = new Set<string>();
  readonly #over = Promise.withResolvers<void>();
  #expected: readonly string[] = [];

  /** Resolves once everybody who is expected was heard of. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get open(): readonly string[] {
    return this.#expected;
  }

  expect(holders: readonly string[]): void {
    this.#expected = holders.filter((holder) => !this.#heard.has(holder));
    if (this.#expected.length === 0) this.#over.resolve();
  }

  hear(holder: string): void {
    this.#heard.add(holder);
    if (this.#expected.length === 0) return;
    this.expect(this.#expected);
  }
}
