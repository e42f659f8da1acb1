import { Agent, request } from "undici";

/*
 * Callers in closed loops, each at one instance: they ask for more than there is, and count what they are answered.
 */

/** An instance, and what its callers ask it for, so that the upstream can tell whose a request was. */
export interface Called {
  readonly url: string;
  readonly path: string;
}

/** At work from the beginning until `stop()`. */
export class BusyCallers {
  /** Answers by status and, of problem documents, type; since the last `take()`. */
  #counts: Record<string, number> = {};
  readonly #agent = new Agent({ connections: 64, headersTimeout: 0 });
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(instances: readonly Called[], each: number) {
    this.#loops = instances.flatMap((one) =>
      Array.from({ length: each }, (_, caller) => this.#loop(one, `c${caller % 3}`)),
    );
  }

  /** What they were answered since the last time. */
  take(): Record<string, number> {
    const counts = this.#counts;
    this.#counts = {};
    return counts;
  }

  /** Lets each finish what it is at. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    await this.#agent.close();
  }

  async #loop({ url, path }: Called, consumer: string): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const outcome = await this.#ask(`${url}${path}`, consumer).catch(String);
      this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
      if (outcome !== "200") await pause(100);
    }
  }

  async #ask(url: string, consumer: string): Promise<string> {
    const headers = { "Sluice-Consumer": consumer };
    const { statusCode, body } = await request(url, { headers, dispatcher: this.#agent });
    const type = /urn:sluice:problem:([a-z-]+)/.exec(await body.text())?.[1];
    return type === undefined ? String(statusCode) : `${statusCode} ${type}`;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
