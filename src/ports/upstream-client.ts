import type { RawFields } from "../http/fields.ts";
import type { Readable } from "node:stream";

/**
 * Sends one request to the origin, exactly as given, and never a second time. Redirects are not
 * followed, nothing is decoded, 1xx are reported as they come.
 */
export interface UpstreamClient {
  /**
   * Resolves with the head of the answer and its body still to be read. The body must be read to its
   * end or destroyed.
   * @throws UpstreamFault, or the signal's reason where it aborted.
   */
  send(request: UpstreamRequest): Promise<UpstreamReply>;
  /** Closes the connections, whatever is under way. */
  close(): Promise<void>;
}

/** One request as it goes on the wire. */
export interface UpstreamRequest {
  readonly method: string;
  /** Origin-form target: path and query. */
  readonly target: string;
  readonly fields: RawFields;
  /** A stream is sent as it comes; `null` sends no body. */
  readonly body: Readable | Uint8Array | null;
  readonly signal: AbortSignal;
  /** Asked at the instant the head is about to be written; false sends nothing (`not-departed`). */
  mayDepart(): boolean;
  /** Called for each interim response (RFC 9110 section 15.2). */
  onInformation(status: number, fields: RawFields): void;
}

/** The final answer's head, and its body as a stream. */
export interface UpstreamReply {
  readonly status: number;
  readonly reason: string;
  readonly fields: RawFields;
  readonly body: Readable;
  /** Known once the body has ended. */
  trailers(): RawFields;
}

/**
 * `not-departed`: `mayDepart` said no. `unreachable`: no connection, so nothing was sent. `unproven`: the same, because
 * nobody has its name, or who has it does not prove to be it; another try would bring the same. `timeout` and `broken`:
 * the head had been written, so the upstream may have processed the request.
 */
export type UpstreamFaultKind =
  | "not-departed"
  | "unreachable"
  | "unproven"
  | "connect-timeout"
  | "timeout"
  | "broken";
