import { degradedIn, missingIn, type Readiness } from "../operate/missing.ts";
import type { Health } from "../operate/health.ts";

/** What the probes tell of an instance at each moment. */
export function healthOf(
  life: Pick<Readiness, "started">,
  status: () => Omit<Readiness, "started">,
): Health {
  return {
    started: () => life.started,
    missing: () => missingIn({ ...life, draining: status().draining }),
    degraded: () => degradedIn(status()),
  };
}
