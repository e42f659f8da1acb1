import type { Cap, LearnSettings, Reserve } from "./bounds.ts";
import type { EnvelopeMark } from "../http/envelope.ts";
import type { StorePolicy } from "../http/storable.ts";

/** The configuration after loading: checked, defaults filled in, units resolved. Immutable. */
export interface Settings {
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** Sluice's own address as clients see it, for rewritten `Location` and `Link`; absent: `http://` and their Host. */
    readonly publicUrl?: URL;
  };
  readonly admin: {
    readonly host: string;
    readonly port: number;
    /** Empty: nobody is asked for one, on loopback alone. */
    readonly token: string;
    /** Of those who may look and change nothing; empty or absent: there are none. */
    readonly readToken?: string;
  };
  /** Processes on this machine. */
  readonly workers: number;
  readonly store: StoreSettings;
  /** True where anybody who reaches the port may use it without being a consumer. */
  readonly open: boolean;
  readonly drainMs: number;
  readonly limits: InboundLimits;
  readonly log: { readonly level: string; readonly pretty: "auto" | boolean };
  readonly upstreams: readonly Upstream[];
  /** Empty: open mode. */
  readonly consumers: readonly Consumer[];
  /** Name of the consumer as which the real app key is accepted while services move over. */
  readonly acceptAppKeyAs?: string;
}

/** Where state lives. `redis` empty: the embedded store in `file`. */
export interface StoreSettings {
  readonly redis: string;
  readonly file: string;
  readonly prefix: string;
  /** Bound on all stored responses together, in the store; beyond it the least recently used go. */
  readonly maxBytes: number;
  /** Bound on what each process holds of them in memory; 0: nothing. */
  readonly nearBytes: number;
  readonly onLoss: "share" | "closed";
}

/** Bounds on what a client may send. */
export interface InboundLimits {
  readonly fieldBytes: number;
  readonly bodyBytes: number;
  /** A request body up to this size is read before its turn comes, so that it can be sent again after a 429. */
  readonly replayBytes: number;
  /** How long a client may take to send the head of its request. */
  readonly headMs: number;
  readonly connections: number;
  /** Requests with a wrong key that one address may send in a minute; beyond it they are refused with 429. */
  readonly wrongKeys: number;
}

/** One metered API behind one mount. */
export interface Upstream {
  readonly name: string;
  /** `/api`: what clients' base URLs end in; no trailing slash, `""` for the root. */
  readonly mount: string;
  /** Base URL of the API; its path is put before what follows the mount. No trailing slash in the path. */
  readonly url: URL;
  readonly keys: readonly UpstreamKey[];
  readonly quotas: readonly Quota[];
  /** What of each quota is kept for urgent requests; absent: nothing. */
  readonly reserve?: Reserve;
  /** Forwards under way at once, over all instances. */
  readonly concurrency: number;
  readonly queue: { readonly maxWaitMs: number; readonly maxLength: number };
  readonly timeouts: {
    readonly connectMs: number;
    readonly headersMs: number;
    readonly bodyMs: number;
  };
  readonly pause: PauseSettings;
  readonly circuit: CircuitSettings;
  readonly learn: LearnSettings;
  readonly routes: readonly Route[];
  /**
   * The terms of a GET that no route with a cache policy matches, where the origin's own fields decide; absent:
   * it is never stored, joined or retried.
   */
  readonly unlistedGets?: CachePolicy;
  /** Request fields passed on beside the fixed list, and part of the cache key; lower case. */
  readonly passFields: readonly string[];
  /**
   * Request fields passed on that are no part of the key: what they select is told by the origin's Vary alone. `*`:
   * all but those of the connection. Lower case.
   */
  readonly varyFields: readonly string[];
  /**
   * `own`: the upstream is asked for one coding, and each client is answered in one that it accepts. `pass`:
   * Accept-Encoding and coded bodies pass as they are.
   */
  readonly coding: "own" | "pass";
  /** `drop`: the upstream's cookies reach nobody, since its session is Sluice's; `store`: they pass. */
  readonly cookies: "drop" | "store";
  /**
   * True: as far as RFC 9111 allows, instead of the house's caution: for cache tests, not for a metered API. See
   * CachePolicy; and a write that is answered with an error invalidates nothing.
   */
  readonly liberal: boolean;
  /** Sent again at most this often, where P3 allows it at all. */
  readonly maxRetries: number;
  /** Retries for each forward in a minute, 0 to 1. */
  readonly retryBudget: number;
  /** PEM text of certificate authorities to trust beside the system's. */
  readonly ca?: string;
  /** HTTP proxy between Sluice and the upstream. */
  readonly proxy?: URL;
  /** Statuses that mean that the upstream refused Sluice's own credential. */
  readonly keyRefusedStatuses: readonly number[];
  /** True where the upstream is known to honour `Idempotency-Key`, so that a POST with one may be retried. */
  readonly honoursIdempotencyKey: boolean;
  /** What is tried beside the real terms; absent: nothing is. */
  readonly shadow?: ShadowSettings;
}

/** Quotas and weights whose effect is told and not had. */
export interface ShadowSettings {
  /** The upstream's own where it tries no others. */
  readonly quotas: readonly Quota[];
  /** By consumer; those who are not named keep theirs. */
  readonly weights: Readonly<Record<string, number>>;
}

/** When an upstream that fails is let alone. */
export interface CircuitSettings {
  /** Part of the outcomes in the window that must be failures, 0 to 1. */
  readonly failures: number;
  /** Outcomes that there must be in the window. */
  readonly least: number;
  readonly windowMs: number;
  /** How long nothing is sent before one request tries; 0: the circuit never opens. */
  readonly openMs: number;
  /** Statuses that are failures, beside faults of the connection and time-outs. */
  readonly statuses: readonly number[];
}

/** How a 429 of the upstream is obeyed. */
export interface PauseSettings {
  /** No single pause is longer than this, whatever Retry-After says. */
  readonly maxMs: number;
  /** Added to every Retry-After, since clocks and delivery differ. */
  readonly marginMs: number;
  /** First pause after a 429 without Retry-After; doubles with each further one. */
  readonly firstMs: number;
}

/** Where the upstream wants a credential. `form` joins an `application/x-www-form-urlencoded` body. */
export type UpstreamKey =
  | { readonly in: "query" | "header" | "form"; readonly name: string; readonly value: string }
  | { readonly in: "basic"; readonly username: string; readonly value: string }
  /** The key is the user; the password is a filler. */
  | { readonly in: "basic"; readonly password: string; readonly value: string };

/** At most `limit` units in any rolling `windowMs`, with `padMs` against jitter of delivery. */
export interface Quota {
  /** `clientexec`, or `clientexec-1m` where that upstream has several: the policy's name in RateLimit. */
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly padMs: number;
}

/** What a request must look like for a route to apply. */
export interface RoutePattern {
  /** Upper case; empty: any. GET includes HEAD. */
  readonly methods: readonly string[];
  /** Path below the mount: `:name` is one segment, `*` one segment, a closing `**` any rest. */
  readonly path: string;
  /** Parameters that the query must have, each once; absent: any query. For APIs that have one path for all calls. */
  readonly query?: readonly RequiredParameter[];
}

/** A parameter as the upstream reads it: decoded. */
export interface RequiredParameter {
  readonly name: string;
  readonly value: string;
}

/** The first route whose pattern matches decides. */
export interface Route {
  /** The pattern as written in the configuration: its name in logs and metrics. */
  readonly name: string;
  readonly match: RoutePattern;
  readonly groups: readonly string[];
  readonly invalidates: readonly string[];
  /** Absent: the upstream's `unlistedGets` decides. */
  readonly cache?: CachePolicy;
  /** Absent: the query passes byte for byte. */
  readonly query?: QueryPolicy;
  /** True: a GET here changes nothing and may be sent again after a failure. */
  readonly safe: boolean;
  /** Units of the quota that one forward costs. */
  readonly cost: number;
  /** What its requests may take of the upstream's quotas at most; routes share it by its name. */
  readonly quota?: Quota;
}

/** How responses to a GET are stored: a route's own terms, or the upstream's for GETs on no such route. */
export interface CachePolicy extends StorePolicy {
  /** With a stale response at hand, a forward is waited for no longer than this. */
  readonly softTimeoutMs: number;
  /** Members of a JSON object that make a 200 an error: `error` true, `success` false, `failure` true. */
  readonly errorEnvelope: readonly EnvelopeMark[];
  /** Larger responses are passed on and not kept. */
  readonly maxStoredBytes: number;
  /** False: a forward that was answered with 304 gives its units back, as some APIs count them. */
  readonly chargeNotModified: boolean;
}

/** Which query parameters of a GET reach the upstream, and with it the cache key. */
export interface QueryPolicy {
  /** Parameters that the API knows; others are dropped. Absent: all pass. */
  readonly known?: readonly string[];
  /** Parameters that are dropped, for instance those of trackers. */
  readonly ignored: readonly string[];
  /** True: parameters are sent in the order of their names. */
  readonly sorted: boolean;
}

/** A configured identity. */
export interface Consumer {
  readonly name: string;
  readonly key: string;
  readonly weight: number;
  /** Default urgency, 0 (most urgent) to 7 (RFC 9218). */
  readonly priority: number;
  /** Empty: everything. */
  readonly allow: readonly RoutePattern[];
  /** What it may take at most, whatever its share. */
  readonly cap?: Cap;
  /** Bounds the wait below the upstream's own bound. */
  readonly maxWaitMs?: number;
  /** May force the upstream by Cache-Control: no-cache or max-age=0. */
  readonly mayForce: boolean;
}
