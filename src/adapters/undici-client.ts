import { Agent, errors, ProxyAgent, type Dispatcher } from "undici";
import { rootCertificates } from "node:tls";
import { UpstreamReception } from "./undici-reception.ts";
import { Problem } from "../http/problem.ts";
import { UpstreamFault } from "../ports/faults.ts";
import type {
  UpstreamClient,
  UpstreamFaultKind,
  UpstreamReply,
  UpstreamRequest,
} from "../ports/upstream-client.ts";

/*
 * undici 8, by its `dispatch`: the one of its calls that tells the instant at which the head is about to be
 * written on a live connection, keeps field lines as they came, shows 1xx and leaves bodies as they are.
 */

/** What the client of one upstream is built with. */
export interface UndiciOptions {
  /** The upstream's base URL; only its origin counts here. */
  readonly url: URL;
  readonly timeouts: {
    readonly connectMs: number;
    readonly headersMs: number;
    readonly bodyMs: number;
  };
  /** Connections at most; the ledger lets no more forwards out than its concurrency. */
  readonly connections: number;
  readonly ca?: string;
  readonly proxy?: URL;
}

/** Keep-alive connections to one upstream, straight or by an HTTP proxy. */
export function createUndiciClient(options: UndiciOptions): UpstreamClient {
  return new UndiciClient(options);
}

class UndiciClient implements UpstreamClient {
  readonly #origin: string;
  readonly #dispatcher: Dispatcher;
  readonly #timeouts: UndiciOptions["timeouts"];

  constructor(options: UndiciOptions) {
    this.#origin = options.url.origin;
    this.#timeouts = options.timeouts;
    this.#dispatcher = dispatcherFor(options);
  }

  async send(request: UpstreamRequest): Promise<UpstreamReply> {
    request.signal.throwIfAborted();
    const reception = new UpstreamReception(request, this.#timeouts);
    const { method, target, fields, body } = request;
    this.#dispatcher.dispatch(
      {
        origin: this.#origin,
        path: target,
        method,
        headers: [...fields],
        body: body instanceof Uint8Array ? Buffer.from(body) : body,
        // A second request is never put on the wire behind one that has not been answered.
        idempotent: false,
        blocking: true,
      },
      reception,
    );
    try {
      return await reception.reply;
    } catch (error) {
      request.signal.throwIfAborted();
      throw problemIn(error) ?? faultFrom(error, reception.departed);
    }
  }

  async close(): Promise<void> {
    // What is under way has had its time; a connection that hangs must not hold the process.
    await this.#dispatcher.destroy();
  }
}

function dispatcherFor({ timeouts, connections, ca, proxy }: UndiciOptions): Dispatcher {
  const tls = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const common = {
    connections,
    pipelining: 1,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    allowH2: false,
    connect: { timeout: timeouts.connectMs, ...tls },
  };
  if (!proxy) return new Agent(common);
  return new ProxyAgent({
    ...common,
    uri: proxy.href,
    requestTls: { timeout: timeouts.connectMs, ...tls },
  });
}

/**
 * A name that nobody has, a certificate that does not prove it (OpenSSL's X509_V_ERR_*, by the names that Node gives
 * them), a peer that does not speak TLS.
 */
const UNPROVEN =
  /^(?:ENOTFOUND|EPROTO|ERR_SSL_|ERR_TLS_CERT|CERT_|CRL_|ERROR_IN_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|PATH_LENGTH_|HOSTNAME_)/;

/** What was wrong with the request's own body: too large, or stalled. */
function problemIn(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  return error instanceof Error && error.cause instanceof Problem ? error.cause : undefined;
}

/** Says what an error of undici means for the request: above all whether the upstream may have seen it. */
function faultFrom(error: unknown, departed: boolean): UpstreamFault {
  if (error instanceof UpstreamFault) return error;
  return new UpstreamFault(kindOf(error, departed), describe(error), error);
}

function kindOf(error: unknown, departed: boolean): UpstreamFaultKind {
  if (error instanceof errors.ConnectTimeoutError) return "connect-timeout";
  if (!departed) return isUnproven(error) ? "unproven" : "unreachable";
  const late =
    error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
  return late ? "timeout" : "broken";
}

function isUnproven(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return UNPROVEN.test(code ?? "");
}

/** undici collects the reasons of several addresses in one AggregateError without a message. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join("; ");
  return error instanceof Error ? error.message || error.name : String(error);
}
