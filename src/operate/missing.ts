/** What of an upstream's line shows in the probes. */
export interface UpstreamReadiness {
  readonly storeLost: boolean;
  readonly circuit: { readonly state: "closed" | "open" | "half-open" };
}

/** What of an instance decides whether it takes requests. */
export interface Readiness {
  readonly started: boolean;
  readonly draining: boolean;
  readonly upstreams: Readonly<Record<string, UpstreamReadiness>>;
}

/** What keeps an instance from taking requests, in words; empty: nothing does. */
export function missingIn({ started, draining }: Omit<Readiness, "upstreams">): string[] {
  return [
    ...(started ? [] : ["It has not begun to listen yet."]),
    ...(draining ? ["It is shutting down and takes no more requests."] : []),
  ];
}

/**
 * What an instance does without for now, in words. It takes requests all the same: what is stored goes on being served
 * (promise P10), and a balancer that took every instance out would answer nobody.
 */
export function degradedIn({ upstreams }: Pick<Readiness, "upstreams">): string[] {
  return Object.entries(upstreams).flatMap(([name, { storeLost, circuit }]) => [
    ...(storeLost
      ? [
          `The ledger of ${name} is out of reach: stored answers are served, but nothing can be sent.`,
        ]
      : []),
    ...(circuit.state === "closed"
      ? []
      : [`Most forwards to ${name} failed: stored answers are served, and one request tries.`]),
  ]);
}
