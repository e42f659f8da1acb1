/** What a test says of the gateway that it runs in a process of its own. */
export interface ProcessConfig {
  /** The simulator's address. */
  readonly url: string;
  readonly store: object;
  /** Members of the one upstream: quotas, routes and whatever else. */
  readonly api: object;
}

/** The routes of a ticket that is stored for a minute, and of what changes it. */
export const STORED_TICKETS = [
  { match: "GET /ticket/:id", groups: ["tickets"], cache: { lifetime: "60s", override: true } },
  { match: "PUT /ticket/:id", invalidates: ["tickets"] },
];

/** A gateway's configuration before a simulator, as YAML would hold it: at `/api`, on ports from the system. */
export function processConfig({ url, store, api }: ProcessConfig): object {
  const keys = [{ in: "query", name: "apikey", value: "sim-key" }];
  return {
    listen: { port: 0 },
    admin: { port: 0 },
    log: { level: "info" },
    store,
    upstreams: { api: { mount: "/api", url, keys, ...api } },
  };
}
