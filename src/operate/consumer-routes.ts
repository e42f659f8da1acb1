import { Hono } from "hono";
import { bodyOf, problem, teller, type AdminContext, type AuditTerms } from "./answers.ts";
import { MOST_CONSUMERS, MOST_KEYS } from "./consumer-changes.ts";
import { readCreate, readGate, readPatch, readRotate } from "./consumer-orders.ts";
import { fileView, viewOf, type ConsumerView } from "./consumer-views.ts";
import { isClosedBy } from "../identify/directory.ts";
import { orLost, StoreFault } from "../ports/faults.ts";
import type { ConsumerDesk, Settled } from "./consumer-desk.ts";
import type { HttpBindings } from "@hono/node-server";
import type { AuditEntry, ConsumerAction } from "../observe/audit.ts";

/** What the routes of consumers are built with. */
export interface ConsumerRouteParts extends AuditTerms {
  readonly desk: ConsumerDesk;
}

/** An order that was understood. */
interface Order {
  readonly action: ConsumerAction;
  /** `""`: of nobody in particular. */
  readonly name: string;
  /** As it was sent, for the audit. No order holds a secret. */
  readonly told: unknown;
  readonly settle: (desk: ConsumerDesk) => Promise<Settled>;
}

type Refusal = Extract<Settled, { kind: "refused" }>["why"];

/** Consumers on the admin port, below `/consumers`. The caller has heard the request already (guard.ts). */
export function consumerRoutes(
  parts: ConsumerRouteParts,
): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.get("/", (context) => answerList(context, parts));
  routes.get("/:name", (context) => answerOne(context, parts));
  routes.post("/", async (context) => {
    const told = await bodyOf(context);
    const read = readCreate(told);
    if ("refused" in read) return problem(context, 400, read.refused);
    const { name } = read;
    const settle: Order["settle"] = (desk) => desk.create(read);
    return carryOut(context, parts, { action: "create-consumer", name, told, settle });
  });
  routes.patch("/", async (context) => {
    const told = await bodyOf(context);
    const read = readGate(told);
    if ("refused" in read) return problem(context, 400, read.refused);
    const order = { action: "open-gateway", name: "", told, settle: reopen } as const;
    return carryOut(context, parts, order);
  });
  routes.post("/:name/rotate", async (context) => {
    const told = await bodyOf(context);
    const read = readRotate(told);
    if ("refused" in read) return problem(context, 400, read.refused);
    const name = context.req.param("name");
    const settle: Order["settle"] = (desk) => desk.rotate({ name, ...read });
    return carryOut(context, parts, { action: "rotate-key", name, told, settle });
  });
  routes.patch("/:name", async (context) => {
    const told = await bodyOf(context);
    const read = readPatch(told);
    if ("refused" in read) return problem(context, 400, read.refused);
    const name = context.req.param("name");
    const settle: Order["settle"] = (desk) => desk.patch({ name, ...read });
    return carryOut(context, parts, { action: "change-consumer", name, told, settle });
  });
  routes.delete("/:name", (context) => {
    const name = context.req.param("name");
    const settle: Order["settle"] = (desk) => desk.remove(name);
    return carryOut(context, parts, { action: "remove-consumer", name, told: {}, settle });
  });
  return routes;
}

function reopen(desk: ConsumerDesk): Promise<Settled> {
  return desk.reopen();
}

async function answerList(context: AdminContext, { desk }: ConsumerRouteParts): Promise<Response> {
  const list = await orLost(desk.list(), undefined);
  if (!list) return unread(context);
  const { founders } = desk;
  const { consumers, damaged } = list;
  const names = new Set(founders.map(({ name }) => name));
  const added = consumers.filter(({ name }) => !names.has(name));
  return context.json({
    open: founders.length === 0 && !isClosedBy(list),
    consumers: [...founders.map(fileView), ...added.map((one) => viewOf(one, desk.now()))],
    // The file's consumer of the same name is the one that counts.
    shadowed: consumers.filter(({ name }) => names.has(name)).map(({ name }) => name),
    damaged,
  });
}

async function answerOne(context: AdminContext, { desk }: ConsumerRouteParts): Promise<Response> {
  const wanted = context.req.param("name");
  const founder = desk.founders.find(({ name }) => name === wanted);
  if (founder) return context.json(fileView(founder));
  const list = await orLost(desk.list(), undefined);
  if (!list) return unread(context);
  const found = list.consumers.find(({ name }) => name === wanted);
  return found ? context.json(viewOf(found, desk.now())) : refuse(context, "unknown", "");
}

async function carryOut(
  context: AdminContext,
  parts: ConsumerRouteParts,
  { action, name, told, settle }: Order,
): Promise<Response> {
  const order = { ...(name === "" ? {} : { name: name.slice(0, 64) }), ...Object(told) };
  const tell = teller(context, parts, { action, order });
  const settled = await failing(settle(parts.desk), tell);
  if (!settled) return away(context);
  tell(settled.kind === "refused" ? "refused" : "done");
  if (settled.kind === "refused") return refuse(context, settled.why, name);
  if (settled.kind === "done") return context.body(null, 204);
  const view = viewOf(settled.consumer, parts.desk.now());
  return settled.kind === "keyed" ? keyed(context, view, settled.key) : context.json(view);
}

/** What was settled; `undefined` where the store is away. Either way, or where it fails, the audit knows. */
async function failing(
  settling: Promise<Settled>,
  tell: (result: AuditEntry["result"]) => void,
): Promise<Settled | undefined> {
  try {
    return await settling;
  } catch (error) {
    tell(error instanceof StoreFault ? "store-unavailable" : "failed");
    if (error instanceof StoreFault) return undefined;
    throw error;
  }
}

/** The one answer that holds a key; nobody on the way may keep it. */
function keyed(context: AdminContext, consumer: ConsumerView, key: string): Response {
  const fields = { "Cache-Control": "no-store" };
  if (context.req.path.endsWith("/rotate")) return context.json({ ...consumer, key }, 200, fields);
  const location = { Location: `/consumers/${consumer.name}` };
  return context.json({ ...consumer, key }, 201, { ...fields, ...location });
}

function unread(context: AdminContext): Response {
  const detail =
    "The store is out of reach, and those made at run time are in it. The instances go on with whom they know. Ask again.";
  return problem(context, 503, detail);
}

function away(context: AdminContext): Response {
  const detail =
    "The store is out of reach: the consumers stay as they are known, and nobody knows whether an order was carried out. Look at GET /consumers when it is back.";
  return problem(context, 503, detail);
}

const REFUSALS: Readonly<
  Record<Refusal, { readonly status: 404 | 409 | 503; readonly detail: string }>
> = {
  "in-file": {
    status: 409,
    detail:
      "This consumer is defined in the configuration file, under consumers, and changes there alone.",
  },
  taken: { status: 409, detail: "A consumer has this name already." },
  unknown: { status: 404, detail: "No consumer has this name." },
  full: {
    status: 409,
    detail: `There are ${MOST_CONSUMERS} consumers, which is the bound. Remove some that are no longer used.`,
  },
  enabled: {
    status: 409,
    detail:
      "Only a disabled consumer is removed, since its keys are gone with it: disable it first.",
  },
  "too-many-keys": {
    status: 409,
    detail: `${MOST_KEYS} keys of this consumer are valid still. Wait until one ends, or end all with {"overlap": "0s"}.`,
  },
  occupied: {
    status: 409,
    detail:
      "There are consumers, so the gateway stays closed to others. Remove them first, those of the file as well.",
  },
  contended: {
    status: 503,
    detail:
      "Others changed consumers at the same moment, again and again. Nothing was done: order it again.",
  },
};

function refuse(context: AdminContext, why: Refusal, name: string): Response {
  const { status, detail } = REFUSALS[why];
  return problem(context, status, name === "" ? detail : `${name.slice(0, 64)}: ${detail}`);
}
