import { createHash, timingSafeEqual } from "node:crypto";
import type { Consumer } from "../ports/settings.ts";

/** A consumer without its key. */
export type Identity = Omit<Consumer, "key">;

interface Entry {
  readonly digest: Buffer;
  readonly consumer: Identity;
}

/** Who has which key. Keeps digests only, so that no dump of it holds a key. */
export class Directory {
  readonly #entries: readonly Entry[];

  /** `aliases`: further keys under which a consumer is known, for instance the app key while services move. */
  constructor(
    consumers: readonly Consumer[],
    aliases: readonly { readonly key: string; readonly name: string }[] = [],
  ) {
    const own = consumers.map(({ key, ...consumer }) => ({ digest: digest(key), consumer }));
    const byName = new Map(own.map(({ consumer }) => [consumer.name, consumer]));
    this.#entries = [
      ...own,
      ...aliases.flatMap(({ key, name }) => {
        const consumer = byName.get(name);
        return consumer ? [{ digest: digest(key), consumer }] : [];
      }),
    ];
  }

  /** True where nobody is configured, so that anybody may ask. */
  get open(): boolean {
    return this.#entries.length === 0;
  }

  /**
   * The consumer whose key this is. Every entry is compared, each in constant time, so that the time
   * taken tells nothing of the keys.
   */
  find(key: string): Identity | undefined {
    const given = digest(key);
    let found: Identity | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(given, entry.digest)) found = entry.consumer;
    }
    return found;
  }
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
