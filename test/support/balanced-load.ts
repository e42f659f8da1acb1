import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";

/*
 * Clients in closed loops behind a balancer that knows one rule: where a connection is refused, or an instance says that
 * it is ending, nothing has been taken, and the next instance is asked. What was taken is never sent again.
 */

/** What became of requests. */
export interface Tally {
  answered: number;
  /** No connection, or 503 `draining`: asked elsewhere. */
  movedOn: number;
  /** Numbers of writes that were answered. */
  readonly written: number[];
  /** What went wrong with each that was neither answered nor asked elsewhere. */
  readonly dropped: string[];
}

/** Whom they ask and for what. */
export interface LoadOptions {
  readonly clients: number;
  /** Base URLs in the order of the balancer, looked up for each request. */
  readonly targets: () => readonly string[];
  /** Of ten requests so many are writes, each with a number of its own in its body; absent: none. */
  readonly writes?: number;
  /** Between two requests of a client; absent: none. */
  readonly pauseMs?: number;
}

interface Wish {
  readonly path: string;
  readonly write: number | undefined;
}

/** Clients at work from the beginning until `stop()`. */
export class BalancedLoad {
  readonly tally: Tally = { answered: 0, movedOn: 0, written: [], dropped: [] };
  readonly #options: LoadOptions;
  readonly #agent: Agent;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[];
  #writes = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#agent = new Agent({ connections: options.clients });
    this.#loops = Array.from({ length: options.clients }, (_, client) => this.#loop(client));
  }

  /** Lets each client finish what it is at. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    await this.#agent.close();
  }

  async #loop(client: number): Promise<void> {
    for (let turn = 0; !this.#stopping.signal.aborted; turn += 1) {
      const wish = this.#wish(client, turn);
      const outcome = await this.#askAround(wish, client + turn);
      if (outcome !== "answered") this.tally.dropped.push(outcome);
      else this.tally.answered += 1;
      if (outcome === "answered" && wish.write !== undefined) this.tally.written.push(wish.write);
      if (this.#options.pauseMs !== undefined) await delay(this.#options.pauseMs);
    }
  }

  #wish(client: number, turn: number): Wish {
    if ((client + turn) % 10 < (this.#options.writes ?? 0)) {
      this.#writes += 1;
      return { path: `/ticket/${turn % 20}`, write: this.#writes };
    }
    const path = turn % 3 === 0 ? `/invoice/${turn % 40}` : `/ticket/${turn % 20}`;
    return { path, write: undefined };
  }

  async #askAround(wish: Wish, first: number): Promise<string> {
    const known = this.#options.targets();
    let outcome = "refused";
    for (let at = 0; at < known.length && outcome === "refused"; at += 1) {
      const target = known[(first + at) % known.length] ?? "";
      outcome = await this.#askOnce(target, wish);
      if (outcome === "refused") this.tally.movedOn += 1;
    }
    return outcome;
  }

  /** `answered`, `refused`, or what went wrong. */
  async #askOnce(base: string, { path, write }: Wish): Promise<string> {
    const body = write === undefined ? null : JSON.stringify({ subject: `write ${write}` });
    const headers = body === null ? {} : { "Content-Type": "application/json" };
    const method = body === null ? "GET" : "PUT";
    try {
      const answer = await request(`${base}${path}`, {
        method,
        headers,
        body,
        dispatcher: this.#agent,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200) return "answered";
      const isEnding = text.includes("urn:sluice:problem:draining");
      return isEnding ? "refused" : `${method} ${path}: ${answer.statusCode} ${text}`;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === "ECONNREFUSED" ? "refused" : `${method} ${path}: ${code} ${String(error)}`;
    }
  }
}
