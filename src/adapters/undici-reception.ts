import { Readable } from "node:stream";
import { UpstreamFault } from "../ports/faults.ts";
import type { Dispatcher } from "undici";
import type { RawFields } from "../http/fields.ts";
import type { UpstreamReply, UpstreamRequest } from "../ports/upstream-client.ts";

/** Receives one answer from undici, part by part. */
export class UpstreamReception implements Dispatcher.DispatchHandler {
  /** Resolves with the head; rejects with what went wrong before it. */
  readonly reply: Promise<UpstreamReply>;
  readonly #request: UpstreamRequest;
  readonly #bodyMs: number;
  readonly #settle: PromiseWithResolvers<UpstreamReply>;
  #departed = false;
  #ended = false;
  #body: Readable | undefined;
  #trailers: RawFields = [];
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => {};

  constructor(request: UpstreamRequest, bodyMs: number) {
    this.#request = request;
    this.#bodyMs = bodyMs;
    this.#settle = Promise.withResolvers<UpstreamReply>();
    this.reply = this.#settle.promise;
    // A request that waits for a connection has no controller yet; its asker need not wait for one.
    const { signal } = request;
    const leave = (): void => this.#settle.reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    this.#stopListening = () => signal.removeEventListener("abort", leave);
  }

  /** True once the head was about to be written: from then on the upstream may have seen the request. */
  get departed(): boolean {
    return this.#departed;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { signal } = this.#request;
    // What is thrown here fails the request before a byte of it is written, and keeps the connection.
    signal.throwIfAborted();
    if (!this.#request.mayDepart()) {
      throw new UpstreamFault("not-departed", "The permit ran out before the request could leave.");
    }
    this.#departed = true;
    const abort = (): void => controller.abort(asError(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    const before = this.#stopListening;
    this.#stopListening = () => {
      before();
      signal.removeEventListener("abort", abort);
    };
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    ...[, reason = ""]: [parsed: unknown, reason?: string]
  ): void {
    const fields = toRawFields(controller.rawHeaders);
    if (status < 200) return this.#request.onInformation(status, fields);
    const body = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        this.#finish();
        if (!controller.aborted && !this.#ended)
          controller.abort(error ?? new Error("The body was not wanted."));
        done(error);
      },
    });
    // Whoever reads the body hears of its error; until somebody does, it must not bring the process down.
    body.on("error", () => {});
    this.#body = body;
    this.#timer = setTimeout(() => {
      const late = `The body did not end within ${this.#bodyMs} ms.`;
      body.destroy(new UpstreamFault("timeout", late));
    }, this.#bodyMs);
    return this.#settle.resolve({ status, reason, fields, body, trailers: () => this.#trailers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#ended = true;
    this.#trailers = toRawFields(controller.rawTrailers);
    this.#finish();
    this.#body?.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#ended = true;
    this.#finish();
    this.#settle.reject(error);
    const { signal } = this.#request;
    const reason = signal.aborted ? asError(signal.reason) : error;
    this.#body?.destroy(
      reason instanceof UpstreamFault
        ? reason
        : new UpstreamFault("broken", reason.message, reason),
    );
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#stopListening();
  }
}

/** undici hands field lines over as a flat list of Buffers, which are latin-1. */
function toRawFields(raw: unknown): RawFields {
  if (!Array.isArray(raw)) return [];
  return raw.map((part: unknown) =>
    Buffer.isBuffer(part) ? part.toString("latin1") : String(part),
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
