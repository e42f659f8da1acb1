/**
 * The closed set of Sluice's own refusals and failures, as RFC 9457 problem types. The literal is the
 * last segment of the `type` URI, the word of the logs and the label of the metrics.
 */
export const problemTypes = {
  "bad-request": { status: 400, title: "The request cannot be forwarded as it stands" },
  "unknown-consumer": { status: 401, title: "No consumer has this key" },
  "not-allowed": { status: 403, title: "This consumer may not ask for this" },
  "no-such-mount": { status: 404, title: "No upstream is mounted at this path" },
  "method-not-allowed": { status: 405, title: "This method is never forwarded" },
  "body-stalled": { status: 408, title: "The request body did not arrive in time" },
  "body-too-large": { status: 413, title: "The request body exceeds the configured bound" },
  "fields-too-large": { status: 431, title: "The request fields exceed the configured bound" },
  "queue-full": { status: 429, title: "Too many requests wait for the quota already" },
  "deadline-passed": { status: 429, title: "The quota had no room before the request's deadline" },
  "upstream-unreachable": { status: 502, title: "The upstream could not be reached" },
  "upstream-broke-off": { status: 502, title: "The upstream broke off its answer" },
  "upstream-refused-key": {
    status: 502,
    title: "The upstream refused the gateway's own credential",
  },
  "too-many-wrong-keys": { status: 429, title: "Too many requests with a wrong key" },
  draining: { status: 503, title: "This instance is shutting down" },
  "upstream-down": { status: 503, title: "The upstream fails, and is not asked for a while" },
  "store-unavailable": { status: 503, title: "The store that keeps the quota is out of reach" },
  "only-if-cached": { status: 504, title: "No stored response may answer this request" },
  "upstream-timeout": { status: 504, title: "The upstream took too long" },
  internal: { status: 500, title: "The gateway failed" },
} as const;

/** One literal of the closed set above. */
export type ProblemType = keyof typeof problemTypes;

/** What a problem tells beyond its type. */
export interface ProblemDetails {
  /** What happened, why, and what the consumer can do: shown to the consumer, never a secret. */
  readonly detail: string;
  /** What only the operator should read; goes to the log. */
  readonly operatorNote?: string;
  /** Whole seconds, rounded up, for `Retry-After` (RFC 9110 section 10.2.3). */
  readonly retryAfterSeconds?: number;
  /** Further members of the problem document (RFC 9457 section 3.2). */
  readonly members?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: unknown;
}

/** A refusal or failure of Sluice itself; the respond step turns it into `application/problem+json`. */
export class Problem extends Error {
  readonly type: ProblemType;
  readonly status: number;
  readonly details: ProblemDetails;

  constructor(type: ProblemType, details: ProblemDetails) {
    super(details.detail, { cause: details.cause });
    this.name = "Problem";
    this.type = type;
    this.status = problemTypes[type].status;
    this.details = details;
  }
}
