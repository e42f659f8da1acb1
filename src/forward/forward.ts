import { pipeline, type Readable } from "node:stream";
import { decode, uncoded } from "./decode.ts";
import { injectKeys, secretsOf } from "./inject-key.ts";
import { Mask } from "./mask.ts";
import { withTraceContext } from "./trace-context.ts";
import { withoutFields, type RawFields } from "../http/fields.ts";
import { withoutHopByHop } from "../http/hop-by-hop.ts";
import type { Outbound } from "./outbound.ts";
import type { RequestBody } from "./request-body.ts";
import type { Clock } from "../ports/clock.ts";
import type { Upstream } from "../ports/settings.ts";
import type { StepsTrace } from "../ports/tracing.ts";
import type { UpstreamClient, UpstreamReply } from "../ports/upstream-client.ts";

/**
 * The upstream's answer as clients may see it: the coding undone unless it is to pass, the key masked, no
 * hop-by-hop fields.
 */
export interface Forwarded {
  readonly status: number;
  readonly reason: string;
  readonly fields: RawFields;
  readonly body: Readable;
  /** True: it came in a content coding, which was undone. */
  readonly wasCoded: boolean;
  readonly trailers: () => RawFields;
  /** Epoch milliseconds: when the request left, and when the head of the answer arrived. */
  readonly requestedAt: number;
  readonly receivedAt: number;
  readonly upstreamMs: number;
  /** Resolves when the connection is done with this exchange, however it ended. */
  readonly closed: Promise<void>;
}

/** Of a credential that is not the client's: how to show one, and what came of it (RFC 9110 section 11.6). */
const OF_THE_CREDENTIAL = new Set(["www-authenticate", "authentication-info"]);

/** One request to be sent once. */
export interface Forwarding {
  readonly outbound: Outbound;
  readonly body: RequestBody;
  readonly form: Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Asked as the head is about to be written; a no sends nothing. */
  readonly mayDepart: () => boolean;
  readonly onInformation: (status: number, fields: RawFields) => void;
  /** Fields of the client that pays for it; of them, its place in a trace may go along. */
  readonly client: RawFields;
  /** Absent: nobody traces. */
  readonly trace: Pick<StepsTrace, "step"> | undefined;
}

/** What forwards to one upstream are made with. */
export interface ForwarderParts {
  readonly upstream: Upstream;
  readonly client: UpstreamClient;
  readonly clock: Clock;
}

/** Sends requests to one upstream with its key, and takes the key out of what comes back. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #mask: Mask;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    this.#mask = new Mask(secretsOf(parts.upstream.keys));
  }

  /** @throws UpstreamFault, or the signal's reason. */
  async forward(forwarding: Forwarding): Promise<Forwarded> {
    const { outbound, trace, client } = forwarding;
    const step = trace?.step("forward");
    const fields = withTraceContext(outbound.fields, { own: step?.fields, client });
    try {
      const reply = await this.#send({ ...forwarding, outbound: { ...outbound, fields } });
      step?.end({ status: reply.status });
      return reply;
    } catch (error) {
      step?.end({ error });
      throw error;
    }
  }

  async #send(forwarding: Forwarding): Promise<Forwarded> {
    const { client, clock, upstream } = this.#parts;
    const keyed = injectKeys(forwarding.outbound, upstream.keys, forwarding.form);
    let requestedAt = clock.now();
    let departedAt = clock.monotonic();
    const reply = await client.send({
      method: keyed.method,
      target: keyed.target,
      fields: [...keyed.fields, ...declared(forwarding.body)],
      body: keyed.form ?? contentOf(forwarding.body),
      signal: forwarding.signal,
      mayDepart: () => {
        requestedAt = clock.now();
        departedAt = clock.monotonic();
        if (!forwarding.mayDepart()) return false;
        const { body } = forwarding;
        if (body.kind === "stream") body.hasten(upstream.timeouts.bodyMs);
        return true;
      },
      onInformation: (status, fields) =>
        forwarding.onInformation(status, this.#mask.fields(withoutHopByHop(fields))),
    });
    return {
      status: reply.status,
      reason: this.#mask.text(reply.reason),
      ...this.#readable(reply, keyed.method),
      trailers: () => this.#mask.fields(reply.trailers()),
      requestedAt,
      receivedAt: clock.now(),
      upstreamMs: clock.monotonic() - departedAt,
      closed: new Promise((resolve) => {
        reply.body.once("close", resolve);
      }),
    };
  }

  /** Fields and body without hop-by-hop fields, content coding, key and what concerns the key alone. */
  #readable(reply: UpstreamReply, method: string): Pick<Forwarded, "fields" | "body" | "wasCoded"> {
    const { keys, coding } = this.#parts.upstream;
    const own = (name: string): boolean => keys.length > 0 && OF_THE_CREDENTIAL.has(name);
    const fields = this.#mask.fields(withoutFields(withoutHopByHop(reply.fields), own));
    const passes = coding === "pass";
    const bodyless = method === "HEAD" || reply.status === 204 || reply.status === 304;
    const plain = passes ? fields : uncoded(fields);
    const wasCoded = plain !== fields;
    // Coding and length are those of a body that another request would get, and that would be decoded.
    if (bodyless) return { fields: plain, body: reply.body, wasCoded };
    const decoded = passes ? { fields, body: reply.body } : decode(fields, reply.body);
    // The error is the reader's to see, on the stream that it holds.
    const body = pipeline(decoded.body, this.#mask.stream(), () => {});
    body.on("error", () => {});
    return { fields: decoded.fields, body, wasCoded };
  }
}

function contentOf(body: RequestBody): Readable | Uint8Array | null {
  switch (body.kind) {
    case "none":
      return null;
    case "whole":
      return body.bytes;
    case "stream":
      return body.stream;
    default:
      return body satisfies never;
  }
}

/** A streamed body keeps the length that the client declared, since some upstreams cannot read chunks. */
function declared(body: RequestBody): string[] {
  return body.kind === "stream" && body.declaredBytes !== undefined
    ? ["Content-Length", String(body.declaredBytes)]
    : [];
}
