import { nodeClock } from "../adapters/node-clock.ts";
import { LineUp, lingerMs } from "../line-up.ts";
import {
  changedLine,
  changeQueue,
  isSame,
  openLine,
  type LinesParts,
  type OpenLine,
} from "./open-line.ts";
import type { Line } from "../line.ts";
import type { LedgerTerms } from "../ports/ledger.ts";
import type { Upstream } from "../ports/settings.ts";
import type { UpstreamClient } from "../ports/upstream-client.ts";

/**
 * The ways out of one instance. A line whose upstream is unchanged is kept; one whose upstream has changed is replaced
 * by another over the same queue, and what is on the old one ends on it; one whose upstream is gone takes nothing new.
 */
export class Lines {
  readonly #parts: LinesParts;
  readonly #ways = new LineUp<OpenLine>();
  /** Replaced, and perhaps still in use. */
  readonly #old = new Set<UpstreamClient>();
  readonly #closing = new AbortController();

  constructor(parts: LinesParts) {
    this.#parts = parts;
  }

  /** Those that exchanges which begin now may take, by upstream's name. The map stays the same and changes. */
  get current(): ReadonlyMap<string, Line> {
    return this.#ways.current;
  }

  /** The terms of an upstream's queue, which change in place; `undefined` where there is none. */
  termsOf(name: string): LedgerTerms | undefined {
    return this.#ways.find(name)?.queue.terms;
  }

  /** Opens what there is no line to yet, so that a change can be made at once. @throws StoreFault */
  async prepare(upstreams: readonly Upstream[]): Promise<void> {
    const added = upstreams
      .filter(({ name }) => !this.#ways.find(name))
      .map((upstream) => openLine(upstream, this.#parts));
    for (const one of added) this.#ways.add(one);
    await Promise.all(added.map(({ line }) => line.greet()));
  }

  /** From now on these are the upstreams, all of which have been prepared. */
  use(upstreams: readonly Upstream[]): void {
    const replaced = this.#ways.use(upstreams, (before, upstream) =>
      isSame(before.line.upstream, upstream) ? before : changedLine(before, upstream),
    );
    for (const { before, now } of replaced) {
      changeQueue(now);
      if (now.connections !== before.connections) void this.#retire(before);
    }
  }

  /** Lets what waits go on until the signal aborts, then refuses it; closes the connections. */
  async close(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#ways.opened.map(({ line }) => line.close(signal)));
    this.#closing.abort();
    await Promise.all([...this.#old].map((client) => client.close()));
  }

  /** Closes connections once nothing can be on them any more. */
  async #retire({ connections: { client }, line }: OpenLine): Promise<void> {
    this.#old.add(client);
    try {
      await nodeClock.sleep(lingerMs(line.upstream), this.#closing.signal);
      await client.close();
      this.#old.delete(client);
    } catch {
      // Closed with the others.
    }
  }
}
