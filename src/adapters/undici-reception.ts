import { Readable } from "node:stream";
import { UpstreamFault } from "../ports/faults.ts";
import type { Dispatcher } from "undici";
import type { RawFields } from "../http/fields.ts";
import type { UpstreamReply, UpstreamRequest } from "../ports/upstream-client.ts";

/** Interim responses of one answer that are told of; a client that takes none of them would pile up what comes after. */
const MOST_INTERIM = 32;

/** The longest that parts of an answer may take, in milliseconds. */
export interface ReceptionTerms {
  readonly headersMs: number;
  readonly bodyMs: number;
}

/** Receives one answer from undici, part by part. */
export class UpstreamReception implements Dispatcher.DispatchHandler {
  /** Resolves with the head; rejects with what went wrong before it. */
  readonly reply: Promise<UpstreamReply>;
  readonly #request: UpstreamRequest;
  readonly #terms: ReceptionTerms;
  readonly #settle: PromiseWithResolvers<UpstreamReply>;
  #departed = false;
  #ended = false;
  #body: Readable | undefined;
  #trailers: RawFields = [];
  #timer: NodeJS.Timeout | undefined;
  #interim = 0;
  #stopListening: () => void = () => {};

  constructor(request: UpstreamRequest, terms: ReceptionTerms) {
    this.#request = request;
    this.#terms = terms;
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
    if (status < 200) return this.#inform(controller, status, fields);
    clearTimeout(this.#timer);
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
    const { bodyMs } = this.#terms;
    this.#timer = setTimeout(() => {
      const late = `The body did not end within ${bodyMs} ms.`;
      body.destroy(new UpstreamFault("timeout", late));
    }, bodyMs);
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

  /** undici begins its time-out anew with each interim response, so that they alone could go on for ever. */
  #inform(controller: Dispatcher.DispatchController, status: number, fields: RawFields): void {
    this.#interim += 1;
    if (this.#interim === 1) this.#awaitHead(controller);
    if (this.#interim <= MOST_INTERIM) this.#request.onInformation(status, fields);
  }

  #awaitHead(controller: Dispatcher.DispatchController): void {
    const { headersMs } = this.#terms;
    this.#timer = setTimeout(() => {
      const { body } = this.#request;
      // While the request is on its way nobody waits for the answer yet.
      if (body instanceof Readable && !body.readableEnded) return this.#awaitHead(controller);
      const late = `No answer followed the first interim response within ${headersMs} ms.`;
      return controller.abort(new UpstreamFault("timeout", late));
    }, headersMs);
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
