/** What of an upstream's line shows in the probes. */
export interface UpstreamReadiness {
  readonly storeLost: boolean;
  /** Among how many processes the quota is divided meanwhile; absent: it is not, and nothing is sent. */
  readonly apart?: number;
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
  return Object.entries(upstreams).flatMap(([name, { storeLost, apart, circuit }]) => [
    ...(storeLost
      ? [`The ledger of ${name} is out of reach: stored answers are served, ${meanwhile(apart)}.`]
      : []),
    ...(circuit.state === "closed"
      ? []
      : [`Most forwards to ${name} failed: stored answers are served, and one request tries.`]),
  ]);
}

function meanwhile(apart: number | undefined): string {
  if (apart === undefined) return "but nothing can be sent";
  return apart === 1
    ? "and this process sends by itself, since it knew of no other"
    : `and this process sends its own part of the quota, one of ${apart}`;
}
