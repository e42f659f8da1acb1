import type { IncomingHttpHeaders } from "node:http";

/** One call as a dialect judges it. */
export interface Call {
  readonly method: string;
  /** Below the base. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly fields: IncomingHttpHeaders;
  readonly body: string;
}

/** What is answered, the fields of the limit aside. */
export interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly type?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** How far a limit is used. */
export interface LimitState {
  readonly limit: number;
  readonly used: number;
  /** Seconds until there is room. */
  readonly retryAfter: number;
}

interface Dialect {
  readonly base: string;
  readonly knows: (call: Call) => boolean;
  readonly stranger: Said;
  readonly answer: (call: Call) => Said;
  readonly costOf: (call: Call) => number;
  readonly limitFields: (state: LimitState) => Record<string, string>;
  readonly throttled: (state: LimitState) => Said;
}

/** The keys that the dialects know. */
export const DIALECT_KEYS = { id: "dialect-identifier", key: "dialect-secret-key" } as const;

/** What PHP's sessions put on every answer. */
const PHP_FIELDS = {
  "Cache-Control": "no-store, no-cache, must-revalidate",
  Pragma: "no-cache",
  "Set-Cookie": "PHPSESSID=0123456789abcdef; path=/",
};

const PRIVATE = { "Cache-Control": "max-age=0, private, must-revalidate" };
const { id, key } = DIALECT_KEYS;
let replies = 0;

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const once = (): number => 1;
const silent = (): Record<string, string> => ({});
const isWrite = ({ method }: Call): boolean => method !== "GET" && method !== "HEAD";

/** A record that differs in each reply, so that a test sees which reply it reads. */
function record(): object {
  replies += 1;
  return { id: 5, reply: replies };
}

const whmcs: Dialect = {
  base: "/includes",
  knows({ method, body }) {
    const form = new URLSearchParams(body);
    return method === "POST" && form.get("identifier") === id && form.get("secret") === key;
  },
  stranger: { status: 403, body: { result: "error", message: "Authentication Failed" } },
  answer({ body }) {
    const action = new URLSearchParams(body).get("action");
    return action === "GetClients"
      ? { status: 200, body: { result: "success", totalresults: 1, clients: record() } }
      : { status: 200, body: { result: "error", message: "Command Not Found" } };
  },
  costOf: once,
  limitFields: silent,
  throttled: () => ({ status: 429, body: { result: "error", message: "Too many requests" } }),
};

const blesta: Dialect = {
  base: "/api",
  knows: ({ fields }) => fields.authorization === basic(id, key),
  stranger: {
    status: 401,
    body: { message: "The authorization details given appear to be invalid." },
  },
  answer({ path, query }) {
    if (!path.endsWith(".json")) return { status: 415, body: { message: "Not supported." } };
    return query.get("client_id") === "99"
      ? { status: 400, body: { message: "Bad syntax.", errors: { client_id: { exists: "No." } } } }
      : { status: 200, body: { response: record() }, fields: PHP_FIELDS };
  },
  costOf: once,
  limitFields: silent,
  throttled: () => ({ status: 429, body: { message: "Too many requests." } }),
};

const hostbill: Dialect = {
  base: "/admin",
  knows({ query, body }) {
    const form = new URLSearchParams(body);
    const given = (name: string): string | null => query.get(name) ?? form.get(name);
    return given("api_id") === id && given("api_key") === key;
  },
  stranger: { status: 200, body: { success: false, error: ["Access denied"] } },
  answer({ query, body }) {
    const call = query.get("call") ?? new URLSearchParams(body).get("call");
    const common = { call, server_time: Math.floor(Date.now() / 1000) };
    return query.get("id") === "99"
      ? { status: 200, body: { success: false, ...common, error: ["Wrong parameter"] } }
      : { status: 200, body: { success: true, ...common, clients: record() }, fields: PHP_FIELDS };
  },
  costOf: once,
  limitFields: silent,
  throttled: () => ({ status: 429, body: { success: false, error: ["Too many requests"] } }),
};

const zendesk: Dialect = {
  base: "/api/v2",
  knows: ({ fields }) => fields.authorization === basic(`${id}/token`, key),
  stranger: { status: 401, body: { error: "Couldn't authenticate you" } },
  answer: ({ path }) =>
    path.startsWith("/tickets/99")
      ? { status: 404, body: { error: "RecordNotFound", description: "Not found" } }
      : { status: 200, body: { ticket: record() }, fields: PRIVATE },
  costOf: once,
  limitFields: ({ limit, used, retryAfter }) => ({
    "X-Rate-Limit": String(limit),
    "X-Rate-Limit-Remaining": String(limit - used),
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(limit - used),
    "ratelimit-reset": String(retryAfter),
  }),
  throttled: ({ limit, retryAfter }) => ({
    status: 429,
    body: { error: "APIRateLimitExceeded", description: "Number of allowed API requests exceeded" },
    fields: {
      "Retry-After": String(retryAfter),
      "X-Rate-Limit": String(limit),
      "X-Rate-Limit-Remaining": "0",
    },
  }),
};

const freshdesk: Dialect = {
  base: "/api/v2",
  knows: ({ fields }) => fields.authorization === basic(key, "X"),
  stranger: {
    status: 401,
    body: { code: "invalid_credentials", message: "You have to be logged in." },
  },
  answer: ({ path }) =>
    path.startsWith("/tickets/99")
      ? { status: 404, body: "" }
      : { status: 200, body: record(), fields: PRIVATE },
  costOf: ({ query }) => (query.has("include") ? 2 : 1),
  limitFields: ({ limit, used }) => ({
    "X-RateLimit-Total": String(limit),
    "X-RateLimit-Remaining": String(limit - used),
    "X-RateLimit-Used-CurrentRequest": "1",
  }),
  throttled: ({ retryAfter }) => ({
    status: 429,
    body: { message: "You have exceeded the limit of requests per minute" },
    fields: { "Retry-After": String(retryAfter) },
  }),
};

const helpscout: Dialect = {
  base: "/v2",
  knows: ({ fields }) => fields.authorization === `Bearer ${key}`,
  stranger: { status: 401, body: { error: "invalid_token", error_description: "Expired." } },
  answer: ({ path }) =>
    path.startsWith("/conversations/99")
      ? { status: 404, body: { logRef: "1", message: "Resource not found", _embedded: {} } }
      : {
          status: 200,
          body: record(),
          type: "application/hal+json;charset=UTF-8",
          fields: PRIVATE,
        },
  costOf: (call) => (isWrite(call) ? 2 : 1),
  limitFields: ({ limit, used }) => ({
    "X-RateLimit-Limit-Minute": String(limit),
    "X-RateLimit-Remaining-Minute": String(limit - used),
  }),
  throttled: ({ limit, retryAfter }) => ({
    status: 429,
    body: { message: "Rate limit exceeded" },
    fields: {
      "X-RateLimit-Limit-Minute": String(limit),
      "X-RateLimit-Remaining-Minute": "0",
      "X-RateLimit-Retry-After": String(retryAfter),
    },
  }),
};

/** The dialects by the names of their presets. */
export const DIALECTS = { whmcs, blesta, hostbill, zendesk, freshdesk, helpscout } as const;

/** A dialect that exists. */
export type DialectName = keyof typeof DIALECTS;
