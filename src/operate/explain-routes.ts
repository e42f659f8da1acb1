import { Hono } from "hono";
import { bodyOf, problem, type AdminContext } from "./answers.ts";
import { readExplain } from "./explain-orders.ts";
import { pastSummaryOf, summaryOf } from "./explain-words.ts";
import type { HttpBindings } from "@hono/node-server";
import type { ForwardView } from "../expect.ts";
import type { Explainer, Explanation } from "../explain.ts";
import type { Mask } from "../forward/mask.ts";
import { MOST_RECENT, type RecentRecord, type RecentRecords } from "../observe/recent-records.ts";
import type { Upstream } from "../ports/settings.ts";
import type { Known } from "./orders.ts";

/** What the routes of explanations are built with. */
export interface ExplainRouteParts {
  readonly explainer: Pick<Explainer, "explain">;
  readonly recent: Pick<RecentRecords, "find">;
  /** As configured at present. */
  readonly upstreams: () => readonly Upstream[];
  readonly known: Known;
  /** Overwrites what a path may repeat of a key. */
  readonly mask: Pick<Mask, "text">;
}

/** `/explain` on the admin port. The caller has heard the request already (guard.ts). */
export function explainRoutes(parts: ExplainRouteParts): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.post("/", (context) => answerNow(context, parts));
  // An id may hold slashes.
  routes.get("/*", (context) => answerPast(context, parts));
  return routes;
}

async function answerNow(context: AdminContext, parts: ExplainRouteParts): Promise<Response> {
  const { known, upstreams, explainer } = parts;
  const read = readExplain(await bodyOf(context), known);
  if ("refused" in read) return problem(context, 400, read.refused);
  const upstream = upstreams().find(({ name }) => name === read.upstream);
  if (!upstream) return problem(context, 400, "No upstream has this name.");
  return told(context, parts, viewOf(await explainer.explain({ ...read, upstream })));
}

function answerPast(context: AdminContext, parts: ExplainRouteParts): Response {
  const id = decoded(new URL(context.req.url).pathname.replace("/explain/", ""));
  const exchanges = parts.recent.find(id).map((record) => pastView(record));
  return exchanges.length > 0
    ? told(context, parts, { requestId: id, exchanges })
    : problem(
        context,
        404,
        `None of the last ${MOST_RECENT} exchanges of this instance has this id. Ask the other instances, or the log.`,
      );
}

function told(context: AdminContext, { mask }: ExplainRouteParts, view: object): Response {
  const text = mask.text(JSON.stringify(view));
  return context.body(text, 200, { "Content-Type": "application/json" });
}

/** As it is told: the query is left out, since arguments may be anybody's password. */
function viewOf(explanation: Explanation) {
  const { supposed, cache, forward, outcome } = explanation;
  const { asked, refused } = supposed;
  const { route, upstream, caller } = asked;
  const listed = route && {
    pattern: route.name,
    safe: route.safe,
    cost: route.cost,
    groups: route.groups,
    invalidates: route.invalidates,
  };
  return {
    method: asked.method,
    path: asked.path,
    upstream: upstream.name,
    route: listed ?? { pattern: "unlisted", safe: false, cost: 1, groups: [], invalidates: [] },
    consumer: {
      name: caller.name,
      weight: caller.weight,
      urgency: asked.urgency,
      allowed: refused === undefined,
      ...(refused === undefined ? {} : { why: refused }),
    },
    cache,
    forward: roundedView(forward),
    outcome,
    summary: summaryOf(explanation),
  };
}

/** Whole milliseconds, never less than is foretold. */
function roundedView({ forecast, ...forward }: ForwardView) {
  const { pausedMs, policies, quotas, ...rest } = forward;
  const line = forecast && {
    place: forecast.place,
    waitMs: Math.ceil(forecast.waitMs),
    boundMs: Math.ceil(forecast.boundMs),
    share: Math.round(forecast.share * 1000) / 1000,
    waiting: forecast.waiting,
    ...(forecast.heldBy === undefined ? {} : { heldBy: forecast.heldBy }),
  };
  const inner = policies.map(({ name, limit, windowMs }) => ({ name, limit, windowMs }));
  const foretold = line ? { forecast: line } : {};
  return { ...rest, pausedMs: Math.ceil(pausedMs), ...foretold, quotas, policies: inner };
}

function pastView(record: RecentRecord) {
  const { endedAt, ...rest } = record;
  const { requestId: _, ...seen } = rest;
  return { endedAt: new Date(endedAt).toISOString(), ...seen, summary: pastSummaryOf(record) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
