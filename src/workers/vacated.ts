import { EXIT } from "../operate/exit.ts";
import { respawn, type End } from "./respawn.ts";

/** A worker's end, as the crew stands then. */
export interface Vacancy extends End {
  /** The worker's own exit code; null where a signal ended it. */
  readonly code: number | null;
  /** The code with which the crew would end so far. */
  readonly exit: number;
  /** All are to end. */
  readonly stopping: boolean;
  /** Some worker has listened since the start. */
  readonly everServed: boolean;
}

/** What a worker's end leads to. `exit`: with what the crew ends, once the others have ended as well. */
export type Vacated =
  /** It is not started again: all end, or what keeps it from starting has been told. */
  | { readonly kind: "stays"; readonly exit: number }
  | { readonly kind: "gives-up"; readonly deaths: number; readonly exit: number }
  | { readonly kind: "again"; readonly deaths: number; readonly afterMs: number };

/** What becomes of a worker's place. While none has ever listened, nobody waits for a second try: the start has failed. */
export function vacated({ code, exit, stopping, everServed, ...end }: Vacancy): Vacated {
  if (stopping || !everServed) return { kind: "stays", exit: exit || (code ?? EXIT.ok) };
  const next = respawn(end);
  return next.kind === "again"
    ? next
    : { kind: "gives-up", deaths: next.deaths, exit: code || EXIT.failure };
}

/** How an order reaches a worker. */
export type Delivery = "message" | "SIGTERM" | "none";

/** A worker that starts yet has nothing to answer, so that it is ended where all drain, and reads what is new by itself. */
export function deliveryOf(order: "drain" | "reload", serves: boolean): Delivery {
  if (serves) return "message";
  return order === "drain" ? "SIGTERM" : "none";
}
