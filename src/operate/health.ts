import { Hono } from "hono";

/** What the probes tell, in words. */
export interface Health {
  /** False until the instance listens. */
  readonly started: () => boolean;
  /** What keeps this instance from taking requests; empty: ready. */
  readonly missing: () => readonly string[];
  /** What it does without for now, and takes requests all the same. */
  readonly degraded: () => readonly string[];
}

/**
 * The probes. `/livez`: the process answers. `/startupz`: it has begun to listen. `/readyz`: it takes requests; with
 * `?strict` one that does without something counts as not ready, for a balancer that has better ones to ask.
 */
export function healthRoutes({ started, missing, degraded }: Health): Hono {
  const health = new Hono();
  health.get("/livez", (context) => context.json({ live: true }));
  health.get("/startupz", (context) => context.json({ started: started() }, started() ? 200 : 503));
  health.get("/readyz", (context) => {
    const [lacking, without] = [missing(), degraded()];
    const strict = context.req.query("strict") !== undefined;
    const ready = lacking.length === 0 && !(strict && without.length > 0);
    return context.json({ ready, missing: lacking, degraded: without }, ready ? 200 : 503);
  });
  return health;
}
