import { Hono } from "hono";
import { duration } from "../config/scalars.ts";
import { bodyOf, problem, teller, type AdminContext, type AuditTerms } from "./answers.ts";
import { membersOf, type Known, type Refused } from "./orders.ts";
import { readUpstream } from "./reference.ts";
import { isDone } from "../ports/faults.ts";
import type { HttpBindings } from "@hono/node-server";
import type { Ledger } from "../ports/ledger.ts";

/** What an operator's pauses are carried out with. */
export interface PauseRouteParts extends AuditTerms {
  readonly known: Known;
  /** By upstream's name. */
  readonly pausing: (name: string) => Pausing | undefined;
}

/** One upstream that can be paused. */
export interface Pausing {
  readonly ledger: Pick<Ledger, "pause">;
  /** No pause is longer. */
  readonly maxPauseMs: number;
}

/** Who pauses, where the ledger asks which process and which ticket it is. */
const OPERATOR = { process: "operator", ticket: "operator", ordered: true } as const;

/** `/pause` and `/resume` on the admin port. The caller has heard the request already (guard.ts). */
export function pauseRoutes(parts: PauseRouteParts): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.post("/pause", async (context) => {
    const read = readPause(await bodyOf(context), parts.known);
    if ("refused" in read) return problem(context, 400, read.refused);
    return carryOut(context, parts, read);
  });
  routes.post("/resume", async (context) => {
    const read = readResume(await bodyOf(context), parts.known);
    if ("refused" in read) return problem(context, 400, read.refused);
    return carryOut(context, parts, read);
  });
  return routes;
}

/** An order about an upstream's pause; 0 ends it. */
export interface PauseOrder {
  readonly upstream: string;
  readonly forMs: number;
}

/** Reads `{for, upstream?}`. */
export function readPause(body: unknown, { upstreams }: Known): PauseOrder | Refused {
  const read = membersOf(body, ["for", "upstream"]);
  if ("refused" in read) return read;
  const length = duration("1ms", "1d").safeParse(read.members["for"]);
  if (!length.success) return { refused: `"for" must be a duration such as "60s", above 0.` };
  const chosen = readUpstream({ upstreams, named: read.named });
  return "refused" in chosen ? chosen : { upstream: chosen.upstream.name, forMs: length.data };
}

/** Reads `{upstream?}`. */
export function readResume(body: unknown, { upstreams }: Known): PauseOrder | Refused {
  const read = membersOf(body, ["upstream"]);
  if ("refused" in read) return read;
  const chosen = readUpstream({ upstreams, named: read.named });
  return "refused" in chosen ? chosen : { upstream: chosen.upstream.name, forMs: 0 };
}

async function carryOut(
  context: AdminContext,
  parts: PauseRouteParts,
  { upstream, forMs: asked }: PauseOrder,
): Promise<Response> {
  const pausing = parts.pausing(upstream);
  if (!pausing) return problem(context, 404, "No upstream has this name.");
  const forMs = Math.min(asked, pausing.maxPauseMs);
  const order = forMs > 0 ? { upstream, forMs } : { upstream };
  const tell = teller(context, parts, { action: forMs > 0 ? "pause" : "resume", order });
  const done = await isDone(pausing.ledger.pause({ ...OPERATOR, forMs }));
  tell(done ? "done" : "store-unavailable");
  const detail =
    "The ledger is out of reach, so this is not done, or nobody knows that it is. Order it again.";
  return done ? context.json(order) : problem(context, 503, detail);
}
