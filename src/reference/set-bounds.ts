/** A test that reaches a bound: its file below test/, and how its name begins. */
export interface ReachedBy {
  readonly file: string;
  readonly test: string;
}

/** What happens at the bound that a setting sets. */
export interface AtBound extends ReachedBy {
  readonly at: string;
}

const TURN = "schedule/turn.test.ts";
const EDGE = "exchange/edge-bounds.test.ts";
const SCHEDULER = "schedule/scheduler.test.ts";
const FAILURES = "exchange/failures.test.ts";

/** Settings that bound what others may take, by path. The others have bounds of their values alone. */
export const atBounds: Readonly<Record<string, AtBound>> = {
  drain: {
    at: "What still waits is answered 503, what is under way is cut off with 502.",
    file: SCHEDULER,
    test: "lets what waits finish, then withdraws",
  },
  "store.maxBytes": {
    at: "The least recently used responses go.",
    file: "contract/cache-store.test.ts",
    test: "write() keeps all responses within the bound",
  },
  "store.nearBytes": {
    at: "The least recently used are read from the store again.",
    file: "adapters/near-cache.test.ts",
    test: "stays within its bytes",
  },
  "limits.fieldBytes": {
    at: "431.",
    file: EDGE,
    test: "are refused with 431 where its fields are too large",
  },
  "limits.bodyBytes": {
    at: "413, and the connection is closed.",
    file: "forward/request-body.test.ts",
    test: "keeps a small body whole",
  },
  "limits.replayBytes": {
    at: "A larger body streams and is sent once. Held for each request whose sender is known; for a form that may hold the key, of everybody.",
    file: "forward/request-body.test.ts",
    test: "keeps a small body whole",
  },
  "limits.head": {
    at: "400, and the connection is closed.",
    file: EDGE,
    test: "are refused where the head comes too slowly",
  },
  "limits.connections": {
    at: "Further ones are closed at once.",
    file: EDGE,
    test: "are closed beyond the most at once",
  },
  "limits.wrongKeys": {
    at: "Wrong keys of that address get 429 instead of 401; good keys pass.",
    file: "exchange/strangers.test.ts",
    test: "is refused with 429 after too many wrong keys",
  },
  "upstreams.NAME.quotas[].limit": {
    at: "What does not fit waits.",
    file: SCHEDULER,
    test: "grants the whole limit at once, then waits",
  },
  "upstreams.NAME.concurrency": {
    at: "Further requests wait.",
    file: TURN,
    test: "keeps forwards under the concurrency",
  },
  "upstreams.NAME.queue.maxWait": {
    at: "429 with Retry-After, at once where it can be foreseen.",
    file: SCHEDULER,
    test: "refuses with 429, the wait and Retry-After",
  },
  "upstreams.NAME.queue.maxLength": {
    at: "429 at once.",
    file: SCHEDULER,
    test: "refuses at once what exceeds the queue's bound",
  },
  "upstreams.NAME.timeouts.connect": {
    at: "502; nothing was sent.",
    file: "adapters/undici-client.test.ts",
    test: "send() gives up on a connection that is not made in time",
  },
  "upstreams.NAME.timeouts.headers": {
    at: "504.",
    file: FAILURES,
    test: "an upstream that is not there is a 502, one that does not answer a 504",
  },
  "upstreams.NAME.timeouts.body": {
    at: "The answer breaks off; a request body that stands still is 408.",
    file: "forward/request-body.test.ts",
    test: "fails a body that stands still",
  },
  "upstreams.NAME.pause.max": {
    at: "A pause is no longer, whatever Retry-After says.",
    file: "schedule/pausing.test.ts",
    test: "lasts as long as was asked, at most the bound",
  },
  "upstreams.NAME.circuit.failures": {
    at: "Forwards are refused with 503 for `circuit.open`.",
    file: "forward/circuit.test.ts",
    test: "of %i answers and then %i failures",
  },
  "upstreams.NAME.circuit.least": {
    at: "Fewer outcomes open nothing.",
    file: "forward/circuit.test.ts",
    test: "opens where the share of failures is reached",
  },
  "upstreams.NAME.circuit.open": {
    at: "One request probes.",
    file: "forward/circuit.test.ts",
    test: "refuses while open and tells for how long",
  },
  "upstreams.NAME.maxRetries": {
    at: "The failure is told.",
    file: "line.test.ts",
    test: "retries no more often than it is told to",
  },
  "upstreams.NAME.retryBudget": {
    at: "The failure is told.",
    file: "line.test.ts",
    test: "retries within the budget",
  },
  "upstreams.NAME.maxStored": {
    at: "A larger response is passed on and not stored.",
    file: "legs/fetch.test.ts",
    test: "what is larger than the bound",
  },
  "upstreams.NAME.routes[].cache.maxStored": {
    at: "A larger response is passed on and not stored.",
    file: "legs/fetch.test.ts",
    test: "what is larger than the bound",
  },
  "upstreams.NAME.routes[].cache.softTimeout": {
    at: "A stale answer serves.",
    file: "legs/stale-service.test.ts",
    test: "serves stale after the soft time-out",
  },
  "upstreams.NAME.routes[].cache.staleIfError": {
    at: "Nothing older serves.",
    file: "exchange/traps.test.ts",
    test: "20: stale service has a bounded window",
  },
  "upstreams.NAME.routes[].cost": {
    at: "400 where it is more than a quota holds.",
    file: TURN,
    test: "refuses what exceeds the queue's bound, and a cost",
  },
  "consumers.NAME.maxWait": {
    at: "429 with Retry-After.",
    file: "identify/identify.test.ts",
    test: "waits no longer than upstream, consumer and request allow",
  },
};
