import { Hono } from "hono";
import { accountRoutes, type AccountRouteParts } from "./account-routes.ts";
import { bodyOf, problem, teller, type AdminContext } from "./answers.ts";
import { consumerRoutes } from "./consumer-routes.ts";
import { explainRoutes, type ExplainRouteParts } from "./explain-routes.ts";
import {
  dashboardRoutes,
  doorRoutes,
  sendPage,
  type DashboardParts,
} from "./dashboard/dashboard-routes.ts";
import { forecastRoutes, type ForecastRouteParts } from "./forecast-routes.ts";
import { notHeard, type GuardTerms, type Knock } from "./guard.ts";
import { probe, type Health } from "./health.ts";
import { readPurge, readWarm, type Known } from "./orders.ts";
import { openapi, operations } from "./openapi.ts";
import { referencePage } from "./reference-page.ts";
import { pauseRoutes, type PauseRouteParts } from "./pause-routes.ts";
import { quotaRoutes, type QuotaRouteParts } from "./quota-routes.ts";
import { reloadRoutes, type ReloadRouteParts } from "./reload-routes.ts";
import { shadowRoutes, type ShadowRouteParts } from "./shadow-routes.ts";
import { countWrongTokens } from "./wrong-tokens.ts";
import type { HttpBindings } from "@hono/node-server";
import type { WrongKeysParts } from "../identify/wrong-keys.ts";
import type { ConsumerDesk } from "./consumer-desk.ts";
import type { Audit } from "../observe/audit.ts";
import type { Exposition } from "../observe/metrics.ts";
import type { Purging } from "../store/purge.ts";
import type { Warming } from "../store/warm.ts";

/** What the admin port is built with. */
export interface AdminParts {
  /** Empty: no token is asked for; the configuration allows that on loopback only. */
  readonly token: string;
  /** Of those who look and change nothing; empty: there are none. */
  readonly readToken: string;
  /** Where the port is bound, as configured. */
  readonly host: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How many wrong tokens an address may send in a minute. */
  readonly wrongTokens: WrongKeysParts;
  readonly health: Health;
  /** What a scrape of the metrics is told. */
  readonly metrics: () => Promise<Exposition>;
  /** What this instance does at present; never holds a secret. */
  readonly status: () => Readonly<Record<string, unknown>>;
  readonly known: Known;
  readonly purging: Pick<Purging, "purge" | "counts">;
  readonly warming: Pick<Warming, "start" | "progress">;
  readonly audit: Pick<Audit, "add" | "entries">;
  readonly consumers: ConsumerDesk;
  readonly accounts: AccountRouteParts["accounts"];
  readonly learned: QuotaRouteParts;
  readonly forecasting: ForecastRouteParts;
  readonly shadows: ShadowRouteParts["shadows"];
  readonly explaining: Omit<ExplainRouteParts, "known">;
  readonly pausing: PauseRouteParts["pausing"];
  /** What the dashboard shows. */
  readonly shown: DashboardParts["shown"];
  readonly reload?: ReloadRouteParts["reload"];
}

type Admin = Hono<{ Bindings: Partial<HttpBindings> }>;

/** Bound on an order. */
const MOST_BYTES = 65_536;

/** The admin port: probes for whoever asks, the rest for whoever has the token. */
export function createAdmin(parts: AdminParts): Admin {
  const { token, readToken, host, status, purging, audit } = parts;
  const terms = (): GuardTerms => ({ token, readToken, host, now: parts.now() });
  const admin: Admin = new Hono();
  admin.on("GET", ["/livez", "/startupz", "/readyz"], (context, next) => {
    const told = probe(new URL(context.req.url), parts.health);
    return told ? Promise.resolve(context.json(told.body, told.status)) : next();
  });
  const wrongToken = countWrongTokens(parts.wrongTokens);
  const dashboard = { shown: parts.shown, terms, knockOf, wrongToken };
  admin.route("/", doorRoutes(dashboard));
  admin.use("*", async (context, next) => {
    const knock = knockOf(context);
    const refusal = notHeard(knock, terms());
    if (!refusal) return next();
    // Who brings none guesses nothing.
    const guessed = refusal.status === 401 && knock.authorization !== undefined;
    const tooMany = guessed ? wrongToken(context) : undefined;
    if (tooMany) return tooMany;
    if (refusal.status === 401) context.header("WWW-Authenticate", "Bearer");
    return problem(context, refusal.status, refusal.detail);
  });
  admin.use("*", async (context, next) => tooLong(context) ?? next());
  admin.get("/status", (context) => context.json({ ...status(), purges: purging.counts }));
  admin.get("/openapi.json", (context) => context.json(openapi()));
  admin.get("/reference", (context) => {
    const base = new URL(context.req.url).origin;
    return sendPage(context, referencePage(operations, base));
  });
  admin.get("/metrics", async (context) => {
    const { text, contentType } = await parts.metrics();
    return context.body(text, 200, { "Content-Type": contentType });
  });
  admin.get("/audit", (context) => context.json({ entries: audit.entries }));
  admin.post("/purge", (context) => answerPurge(context, parts));
  admin.post("/warm", (context) => answerWarm(context, parts));
  admin.get("/warm/:id", (context) => {
    const progress = parts.warming.progress(context.req.param("id"));
    return progress
      ? context.json(progress)
      : problem(context, 404, "No list has this id, or it ended long ago.");
  });
  admin.route("/", dashboardRoutes(dashboard));
  admin.route("/", pauseRoutes(parts));
  admin.route("/", accountRoutes(parts));
  admin.route("/quota", quotaRoutes(parts.learned));
  admin.route("/explain", explainRoutes({ ...parts.explaining, known: parts.known }));
  admin.route("/forecast", forecastRoutes(parts.forecasting));
  admin.route("/shadow", shadowRoutes(parts));
  admin.route("/consumers", consumerRoutes({ desk: parts.consumers, token, audit }));
  admin.route("/reload", reloadRoutes(parts));
  admin.notFound((context) => problem(context, 404, "The admin port has nothing here."));
  return admin;
}

/** What of a request decides whether it is heard. */
function knockOf({ req }: AdminContext): Knock {
  const url = new URL(req.url);
  return {
    method: req.method,
    path: url.pathname,
    hostname: url.hostname,
    host: url.host,
    authorization: req.header("authorization"),
    cookie: req.header("cookie"),
    fetchSite: req.header("sec-fetch-site"),
    origin: req.header("origin"),
    contentType: req.header("content-type"),
  };
}

/** Without either field there is no body (RFC 9112 section 6.3), and node reads no more than was declared. */
function tooLong(context: AdminContext): Response | undefined {
  const { req } = context;
  if (req.header("transfer-encoding") !== undefined) {
    return problem(context, 411, "Send the order with its Content-Length.");
  }
  return Number(req.header("content-length") ?? 0) > MOST_BYTES
    ? problem(context, 413, `An order has at most ${MOST_BYTES} bytes.`)
    : undefined;
}

async function answerPurge(context: AdminContext, parts: AdminParts): Promise<Response> {
  const read = readPurge(await bodyOf(context), parts.known);
  if ("refused" in read) return problem(context, 400, read.refused);
  const { order, kind, covers } = read;
  const tell = teller(context, parts, { action: "purge", order: { ...order, kind } });
  let done: boolean;
  try {
    done = await parts.purging.purge(order, kind);
  } catch (error) {
    tell("failed");
    throw error;
  }
  tell(done ? "done" : "store-unavailable");
  if (done) return context.json({ purged: order, kind, covers });
  const detail =
    "The store is out of reach, so this is not done, or nobody knows that it is. Nothing will do it later: order it again.";
  return problem(context, 503, detail);
}

async function answerWarm(context: AdminContext, parts: AdminParts): Promise<Response> {
  const read = readWarm(await bodyOf(context), parts.known);
  if ("refused" in read) return problem(context, 400, read.refused);
  const { errands } = read;
  const taken = parts.warming.start(errands);
  const order = { urls: errands.length, consumer: errands[0]?.consumer, id: taken?.id };
  teller(context, parts, { action: "warm", order })(taken ? "accepted" : "refused");
  return taken
    ? context.json(taken, 202, { Location: `/warm/${taken.id}` })
    : problem(context, 503, "Too many lists wait already, or this instance is shutting down.");
}
