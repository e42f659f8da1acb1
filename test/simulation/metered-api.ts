import { Readable } from "node:stream";
import { RollingWindow } from "../simulator/window.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { RawFields } from "../../src/http/fields.ts";
import type {
  UpstreamClient,
  UpstreamReply,
  UpstreamRequest,
} from "../../src/ports/upstream-client.ts";

/** One request as it came. */
export interface Came {
  readonly atMs: number;
  readonly target: string;
  readonly status: number;
}

/** An upstream on a test's clock that holds its callers to a strict rolling window, and endpoints to their own. */
export class MeteredApi implements UpstreamClient {
  readonly came: Came[] = [];
  readonly window: RollingWindow;
  readonly endpoints = new Map<string, RollingWindow>();
  /** Fields beside Retry-After. */
  tell: (window: RollingWindow, nowMs: number) => RawFields = () => [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, limit: number, windowMs = 60_000) {
    this.#clock = clock;
    this.window = new RollingWindow(limit, windowMs);
  }

  /** Somebody else uses the same key, evenly, as far as there is room; until the signal aborts. */
  async foreign(perWindow: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.window.take(this.#clock.monotonic());
      await this.#clock.sleep(this.window.windowMs / perWindow, signal).catch(() => {});
    }
  }

  async send(request: UpstreamRequest): Promise<UpstreamReply> {
    if (!request.mayDepart()) throw new Error("A permit on a fake clock does not run out.");
    const now = this.#clock.monotonic();
    const refusal = this.#refuse(request.target, now);
    this.came.push({
      atMs: now,
      target: request.target,
      status: refusal === undefined ? 200 : 429,
    });
    const fields = this.tell(this.window, now);
    await this.#clock.sleep(30, request.signal);
    return {
      status: refusal === undefined ? 200 : 429,
      reason: "",
      fields: refusal === undefined ? fields : [...fields, "Retry-After", String(refusal)],
      body: Readable.from([Buffer.from("{}")]),
      trailers: () => [],
    };
  }

  async close(): Promise<void> {}

  #refuse(target: string, now: number): number | undefined {
    const endpoint = this.endpoints.get(target);
    if (endpoint && endpoint.used(now) >= endpoint.limit) return endpoint.retryAfterSeconds(now);
    if (!this.window.take(now)) return this.window.retryAfterSeconds(now);
    endpoint?.take(now);
    return undefined;
  }
}
