import { Hono } from "hono";
import type { HttpBindings } from "@hono/node-server";
import type { QuotaEvent } from "../observe/events.ts";
import type { LearnedReport } from "../schedule/feedback.ts";

/** One upstream's limits: as they are configured, as they are kept, and what changed them. */
export interface QuotaReport extends LearnedReport {
  readonly upstream: string;
  readonly learns: boolean;
}

/** What the route of the quota is built with. */
export interface QuotaRouteParts {
  readonly quotas: () => readonly QuotaReport[];
  readonly events: { readonly ofQuotas: readonly QuotaEvent[] };
}

/** `/quota` on the admin port. The caller has heard the request already (guard.ts). */
export function quotaRoutes(parts: QuotaRouteParts): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.get("/", (context) =>
    context.json({ upstreams: parts.quotas(), events: parts.events.ofQuotas }),
  );
  return routes;
}
