import { channelsOf, readNotice, type Channels, type Notice } from "./notice.ts";
import { LEASE_MS } from "./bumps.ts";
import type { RedisCommands } from "./commands.ts";
import type { Coherence, NearContents } from "../coherence.ts";
import type { Change, RedisNames } from "./names.ts";
import type { News } from "./news.ts";
import type { Clock } from "../../ports/clock.ts";

/** A lease is renewed this long after the last renewal, in milliseconds: three may fail before it runs out. */
const RENEW_MS = 150;

/** What a holder is built with. */
export interface HolderOptions {
  readonly redis: RedisCommands;
  readonly names: RedisNames;
  readonly news: News;
  readonly prefix: string;
  readonly clock: Clock;
  /** This process, among all that share the store. */
  readonly self: string;
}

/** The near cache of one process, as Redis knows it; bumps.ts says why it can be trusted. */
export function createHolder(options: HolderOptions): Coherence {
  return new Holder(options);
}

class Holder implements Coherence {
  readonly #options: HolderOptions;
  readonly #channels: Channels;
  readonly #end = new AbortController();
  #contents: NearContents | undefined;
  #life: Promise<void> | undefined;
  /** The lease: on this process's own clock. */
  #until = Number.NEGATIVE_INFINITY;
  /** Everything in the log of this epoch up to this seq has been dropped. */
  #applied: Change = { epoch: "", seq: 0 };

  constructor(options: HolderOptions) {
    this.#options = options;
    this.#channels = channelsOf(options.prefix);
  }

  follow(contents: NearContents): void {
    this.#contents = contents;
    const { news, self } = this.#options;
    news.listen(this.#channels.names, (message) => {
      const notice = readNotice(message);
      if (!notice) return;
      this.#apply(notice);
      const { epoch, seq } = this.#applied;
      // After a gap the log tells what was missed.
      if (notice.epoch === epoch && notice.seq === seq + 1) this.#applied = notice;
    });
    news.listen(this.#channels.keys, (message) => {
      const [writer, tag = ""] = message.split(" ");
      if (writer !== self) contents.drop([tag]);
    });
    this.#life = this.#live();
  }

  current(): boolean {
    return this.#options.clock.monotonic() < this.#until;
  }

  async close(): Promise<void> {
    // First: who is told that this holder has left must find that it answers no more.
    this.#until = Number.NEGATIVE_INFINITY;
    this.#end.abort();
    // A renewal after the withdrawal would bring the holder back.
    await this.#life;
    await this.#options.names.withdraw(this.#options.self).catch(() => {});
  }

  async #live(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      // One that failed is made good by the next; meanwhile the lease may run out.
      await this.#renew().catch(() => {});
      await this.#options.clock.sleep(RENEW_MS, signal).catch(() => {});
    }
  }

  async #renew(): Promise<void> {
    const { names, clock, self } = this.#options;
    const askedAt = clock.monotonic();
    const { changes, epoch, seq } = await names.renew(self, this.#applied);
    if (this.#end.signal.aborted) return;
    if (changes === "all") this.#contents?.clear();
    else for (const notice of changes) this.#apply(notice);
    // Messages that came meanwhile may be ahead of the reply.
    const isAhead = this.#applied.epoch === epoch && this.#applied.seq > seq;
    if (!isAhead) this.#applied = { epoch, seq };
    // Nothing may come between what was dropped and the lease.
    this.#until = askedAt + LEASE_MS;
  }

  #apply({ tags, writer, ticket }: Notice): void {
    const { redis, self } = this.#options;
    this.#contents?.drop(tags);
    if (ticket === "" || writer === self) return;
    redis.publish(this.#channels.acknowledged(writer), `${ticket} ${self}`).catch(() => {});
  }
}
