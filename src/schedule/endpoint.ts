import type { Policy } from "../ports/ledger.ts";
import type { Quota, Route } from "../ports/settings.ts";

/** What of a request tells its endpoint. */
export interface Aim {
  readonly method: string;
  /** Canonical, below the mount. */
  readonly path: string;
  readonly route: Pick<Route, "name" | "match"> | undefined;
}

/** A name from a client's path is cut to this. */
const LONGEST = 100;

/**
 * The name of what an API may limit by itself: the route, where that stands for one thing; else the method and the
 * path's first segment.
 */
export function endpointOf({ method, path, route }: Aim): string {
  if (route && !route.match.path.endsWith("**")) return route.name;
  const first = path.split("/").find((segment) => segment !== "") ?? "";
  const verb = method === "HEAD" ? "GET" : method;
  return `${verb} /${first}`.slice(0, LONGEST);
}

/** The inner quota that keeps an endpoint's own limit, on the terms of the upstream's shortest. */
export function endpointPolicy(endpoint: string, limit: number, quota: Quota): Policy {
  const { windowMs, padMs } = quota;
  return { name: policyName(endpoint), limit: Math.min(limit, quota.limit), windowMs, padMs };
}

/** A policy's name holds no `|` and no `,`. */
export function policyName(endpoint: string): string {
  return `endpoint:${endpoint.replace(/[|,]/g, "+")}`;
}
