import type { Redis } from "ioredis";

/**
 * Messages from other processes, on a connection of their own, without promise of delivery: what is missed while
 * the connection is lost is missed for good. Messages of one server arrive in the order in which they were sent.
 */
export class News {
  readonly #subscriber: Redis;
  readonly #listeners = new Map<string, (message: string) => void>();
  readonly #hear = (channel: string, message: string): void => {
    this.#listeners.get(channel)?.(message);
  };
  readonly #subscribe = (): void => {
    if (this.#listeners.size === 0) return;
    this.#subscriber.subscribe(...this.#listeners.keys()).catch(() => {});
  };

  constructor(subscriber: Redis) {
    this.#subscriber = subscriber;
    subscriber.on("message", this.#hear);
    // ioredis subscribes anew only to what was subscribed to once already.
    subscriber.on("ready", this.#subscribe);
  }

  /** Hears a channel from now on, or as soon as the connection is there; one listener a channel. */
  listen(channel: string, listener: (message: string) => void): void {
    this.#listeners.set(channel, listener);
    this.#subscriber.subscribe(channel).catch(() => {});
  }

  /** Hears nothing any more; the connection stays the caller's to end. */
  close(): void {
    this.#listeners.clear();
    this.#subscriber.off("message", this.#hear).off("ready", this.#subscribe);
  }
}
