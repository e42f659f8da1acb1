import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { streamSSE, type SSEStreamingApi } from "hono/streaming";
import type { HttpBindings } from "@hono/node-server";
import { problem, type AdminContext } from "../answers.ts";
import { isOwnPage, roleOf, whoKnocks, wrongName, type GuardTerms, type Knock } from "../guard.ts";
import { closeStay, openStay } from "../session.ts";
import type { WrongTokens } from "../wrong-tokens.ts";
import type { Markup } from "./chart.ts";
import type { Feed } from "./feed.ts";
import { loginPage, page, partsOf } from "./page.ts";
import type { Snapshot } from "./snapshot.ts";

/** One upstream as the dashboard shows it. */
export interface Shown {
  readonly name: string;
  readonly groups: readonly string[];
  readonly maxPauseMs: number;
  readonly feed: Pick<Feed, "watch" | "snapshot" | "viewers" | "closed">;
}

/** What the dashboard is built with. */
export interface DashboardParts {
  /** Those that there are now. */
  readonly shown: () => readonly Shown[];
  /** The terms of the port as of now. */
  readonly terms: () => GuardTerms;
  readonly knockOf: (context: AdminContext) => Knock;
  readonly wrongToken: WrongTokens;
}

type Routes = Hono<{ Bindings: Partial<HttpBindings> }>;

/** Streams open at once to one upstream; a further one is told to come again. */
const MOST_VIEWERS = 32;

/** Nothing but this port's own files runs, styles or is talked to; nobody may frame the page. */
const FIELDS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // With no-referrer a browser says "Origin: null" of this page's own forms.
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
} as const;

const FILES: Readonly<Record<string, string>> = {
  "style.css": "text/css; charset=utf-8",
  "live.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** What is answered before anybody has shown a token: files without a secret, and the door itself. */
export function doorRoutes({ terms, knockOf, wrongToken }: DashboardParts): Routes {
  const routes: Routes = new Hono();
  for (const [name, type] of Object.entries(FILES)) {
    const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
    const fields = { "Content-Type": type, "Cache-Control": "no-cache", ...FIELDS };
    routes.get(`/dashboard/${name}`, (context) => context.body(text, 200, fields));
  }
  routes.get("/", async (context, next) => {
    const knock = knockOf(context);
    if (wrongName(knock, terms()) || whoKnocks(knock, terms())) return next();
    return sendPage(context, loginPage(false));
  });
  routes.post("/session", async (context) => {
    const refused = notOwnForm(context, knockOf(context), terms());
    if (refused) return refused;
    const { token } = await context.req.parseBody();
    const tokens = terms();
    const role = typeof token === "string" ? roleOf(token, tokens) : undefined;
    if (!role) return wrongToken(context) ?? sendPage(context, loginPage(true), 401);
    context.header("Set-Cookie", openStay(role, tokens, tokens.now));
    return context.redirect("/", 303);
  });
  routes.post("/session/end", (context) => {
    const refused = notOwnForm(context, knockOf(context), terms());
    if (refused) return refused;
    context.header("Set-Cookie", closeStay());
    return context.redirect("/", 303);
  });
  return routes;
}

/** The page and its stream. The caller has heard the request already (guard.ts). */
export function dashboardRoutes(parts: DashboardParts): Routes {
  const routes: Routes = new Hono();
  routes.get("/", async (context) => {
    const shown = shownOf(context, parts);
    const knocker = whoKnocks(parts.knockOf(context), parts.terms());
    if (!shown || !knocker) return problem(context, 404, "No upstream has this name.");
    const { name, groups, maxPauseMs, feed } = shown;
    const snapshot = await feed.snapshot();
    const upstreams = parts.shown().map((one) => one.name);
    const inputs = { upstream: name, groups, maxPauseMs, snapshot, upstreams };
    const who = { role: knocker.role, signedIn: knocker.by === "stay" };
    return sendPage(context, page({ ...inputs, ...who }));
  });
  routes.get("/dashboard/stream", (context) => {
    const shown = shownOf(context, parts);
    if (!shown) return problem(context, 404, "No upstream has this name.");
    const { feed } = shown;
    if (feed.viewers >= MOST_VIEWERS) return problem(context, 503, "Too many look already.");
    return streamSSE(context, (stream) => follow(feed, stream));
  });
  return routes;
}

/** Sends what has changed; a viewer that is slower than the feed misses snapshots, and queues none. */
async function follow(feed: Shown["feed"], stream: SSEStreamingApi): Promise<void> {
  const sent = new Map<string, string>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let busy = false;
  const send = async (snapshot: Snapshot): Promise<void> => {
    if (busy) return;
    busy = true;
    const parts = Object.entries(await rendered(snapshot));
    const changed = parts.filter(([id, text]) => sent.get(id) !== text);
    for (const [id, text] of changed) sent.set(id, text);
    const data = JSON.stringify(Object.fromEntries(changed));
    await stream.writeSSE({ event: "parts", data });
    busy = false;
  };
  const leave = feed.watch((snapshot) => void send(snapshot).catch(() => end()));
  stream.onAbort(end);
  feed.closed.addEventListener("abort", () => end(), { once: true });
  await ended;
  leave();
}

const texts = new WeakMap<Snapshot, Promise<Readonly<Record<string, string>>>>();

/** Each snapshot is written out once, for all who look. */
function rendered(snapshot: Snapshot): Promise<Readonly<Record<string, string>>> {
  const known = texts.get(snapshot) ?? partsOf(snapshot);
  texts.set(snapshot, known);
  return known;
}

function shownOf(context: AdminContext, { shown }: DashboardParts): Shown | undefined {
  const wanted = context.req.query("upstream");
  return wanted === undefined ? shown()[0] : shown().find(({ name }) => name === wanted);
}

/** A form of another origin must neither sign anybody in nor out. */
function notOwnForm(context: AdminContext, knock: Knock, terms: GuardTerms): Response | undefined {
  const misnamed = wrongName(knock, terms);
  if (misnamed) return problem(context, misnamed.status, misnamed.detail);
  if (!isOwnPage(knock, true)) {
    return problem(context, 403, "Pages of other origins may not sign in here.");
  }
  return Number(context.req.header("content-length") ?? Infinity) > 4096
    ? problem(context, 413, "A token has at most 4096 bytes.")
    : undefined;
}

/** Sends a page under the policy of this port. */
export async function sendPage(
  context: AdminContext,
  markup: Markup,
  status: 200 | 401 = 200,
): Promise<Response> {
  return context.html(await markup, status, { "Cache-Control": "no-store", ...FIELDS });
}
