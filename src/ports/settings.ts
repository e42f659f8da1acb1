/** The configuration after loading: checked, defaults filled in, units resolved. Immutable. */
export interface Settings {
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** Sluice's own address as clients see it, for rewritten `Location` and `Link`; absent: `http://` and their Host. */
    readonly publicUrl?: URL;
  };
  readonly admin: { readonly host: string; readonly port: number; readonly token: string };
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
  /** Forwards under way at once, over all instances. */
  readonly concurrency: number;
  readonly queue: { readonly maxWaitMs: number; readonly maxLength: number };
  readonly timeouts: {
    readonly connectMs: number;
    readonly headersMs: number;
    readonly bodyMs: number;
  };
  readonly pause: PauseSettings;
  readonly routes: readonly Route[];
  /**
   * What becomes of a GET that no route with a cache policy matches.
   * `origin`: the origin's own fields decide; `forward`: never stored, joined or retried.
   */
  readonly unlistedGets: "origin" | "forward";
  /** Request fields passed on beside the fixed list; lower case. */
  readonly passFields: readonly string[];
  /** Sent again at most this often, where P3 allows it at all. */
  readonly maxRetries: number;
  /** Stored responses larger than this are passed on and not kept. */
  readonly maxStoredBytes: number;
  /** PEM text of certificate authorities to trust beside the system's. */
  readonly ca?: string;
  /** HTTP proxy between Sluice and the upstream. */
  readonly proxy?: URL;
  /** Statuses that mean that the upstream refused Sluice's own credential. */
  readonly keyRefusedStatuses: readonly number[];
  /** True where the upstream is known to honour `Idempotency-Key`, so that a POST with one may be retried. */
  readonly honoursIdempotencyKey: boolean;
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
  | { readonly in: "basic"; readonly username: string; readonly value: string };

/** At most `limit` units in any rolling `windowMs`, with `padMs` against jitter of delivery. */
export interface Quota {
  /** `clientexec`, or `clientexec-2` for the second quota of that upstream: the policy's name in RateLimit. */
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
  /** True: a GET here changes nothing and may be sent again after a failure. */
  readonly safe: boolean;
  /** Units of the quota that one forward costs. */
  readonly cost: number;
}

/** How responses of a route are stored. */
export interface CachePolicy {
  /** Freshness lifetime where the origin gives none, or always with `override`. */
  readonly lifetimeMs?: number;
  /** True: the origin's no-store, private, no-cache, Expires, Pragma and Set-Cookie do not count. */
  readonly override: boolean;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** Media types that may be stored, lower case without parameters; empty: any. */
  readonly mediaTypes: readonly string[];
  /** Members of a JSON object that make a 200 an error: `error` true, `success` false, `failure` true. */
  readonly errorEnvelope: readonly EnvelopeMark[];
}

/** A top-level member whose value marks an error envelope. */
export interface EnvelopeMark {
  readonly member: string;
  readonly is: boolean;
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
  /** Bounds the wait below the upstream's own bound. */
  readonly maxWaitMs?: number;
  /** May force the upstream by Cache-Control: no-cache or max-age=0. */
  readonly mayForce: boolean;
}
