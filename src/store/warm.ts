import { randomUUID } from "node:crypto";

/** One GET that an operator wants stored ahead of its askers. */
export interface WarmErrand {
  /** Path and query as clients of the gateway send them, the mount included. */
  readonly target: string;
  /** In whose name it is asked. */
  readonly consumer?: string;
}

/** `skipped`: it is fresh already, being fetched anew, or its route does not allow it to be stored. */
export type WarmResult = "stored" | "skipped" | "failed";

/** Asks for one of them at the lowest priority. A rejection counts as `failed`. */
export type Warm = (errand: WarmErrand, signal: AbortSignal) => Promise<WarmResult>;

/** Told why one of them was rejected: nobody else hears of it, since an errand is no exchange. */
export type WarmFailure = (errand: WarmErrand, error: unknown) => void;

/** How far one list is. */
export interface WarmProgress {
  readonly state: "waiting" | "running" | "finished" | "stopped";
  /** Those stored. */
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly total: number;
}

/** Lists that wait or run at once; a further one is refused. */
const MOST_LISTS = 10;

/** Lists whose progress is still told; of those that have ended the oldest go. */
const MOST_TOLD = 100;

interface List {
  readonly errands: readonly WarmErrand[];
  state: WarmProgress["state"];
  readonly results: Record<WarmResult, number>;
}

/** Works lists of URLs off, one URL at a time over all lists, so that a list never crowds the line. */
export class Warming {
  readonly #warm: Warm;
  readonly #onFailure: WarmFailure;
  /** In the order ordered. */
  readonly #lists = new Map<string, List>();
  readonly #closing = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(warm: Warm, onFailure: WarmFailure) {
    this.#warm = warm;
    this.#onFailure = onFailure;
  }

  /** Takes a list, each of its errands once; `undefined` where too many wait already, or after `close`. */
  start(errands: readonly WarmErrand[]): { id: string; accepted: number } | undefined {
    const open = [...this.#lists.values()].filter(({ state }) => !hasEnded(state));
    if (open.length >= MOST_LISTS || this.#closing.signal.aborted) return undefined;
    const id = randomUUID();
    const distinct = new Map(errands.map((errand) => [JSON.stringify(errand), errand]));
    const results = { stored: 0, skipped: 0, failed: 0 };
    const list: List = { errands: [...distinct.values()], state: "waiting", results };
    this.#lists.set(id, list);
    this.#forget();
    this.#work = this.#work.then(() => this.#run(list));
    return { id, accepted: distinct.size };
  }

  progress(id: string): WarmProgress | undefined {
    const list = this.#lists.get(id);
    if (!list) return undefined;
    const { stored: done, skipped, failed } = list.results;
    return { state: list.state, done, skipped, failed, total: list.errands.length };
  }

  /** Stops after the URL that is under way, whose signal aborts. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("The warm-up was stopped."));
    await this.#work;
  }

  async #run(list: List): Promise<void> {
    const { signal } = this.#closing;
    list.state = "running";
    for (const errand of list.errands) {
      if (signal.aborted) break;
      const result = await this.#ask(errand, signal);
      list.results[result] += 1;
    }
    list.state = signal.aborted ? "stopped" : "finished";
  }

  async #ask(errand: WarmErrand, signal: AbortSignal): Promise<WarmResult> {
    try {
      return await this.#warm(errand, signal);
    } catch (error) {
      // The list goes on.
      this.#onFailure(errand, error);
      return "failed";
    }
  }

  #forget(): void {
    for (const [id, { state }] of this.#lists) {
      if (this.#lists.size <= MOST_TOLD) return;
      if (hasEnded(state)) this.#lists.delete(id);
    }
  }
}

function hasEnded(state: WarmProgress["state"]): boolean {
  return state === "finished" || state === "stopped";
}
