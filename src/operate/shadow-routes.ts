import { Hono } from "hono";
import type { HttpBindings } from "@hono/node-server";
import type { Shadow } from "../schedule/shadow.ts";

/** What the route of shadows is built with. */
export interface ShadowRouteParts {
  /** By upstream, as they are now; only those that try something. */
  readonly shadows: () => ReadonlyMap<string, Pick<Shadow, "report">>;
}

/** `/shadow` on the admin port. The caller has heard the request already (guard.ts). */
export function shadowRoutes({
  shadows,
}: ShadowRouteParts): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.get("/", (context) => {
    const upstreams = [...shadows()].map(([upstream, shadow]) => {
      const { since, ...report } = shadow.report();
      return { upstream, since: new Date(since).toISOString(), ...report };
    });
    // The lines are those of all instances, the counts of this one alone.
    return context.json({ counted: "this instance alone", upstreams });
  });
  return routes;
}
