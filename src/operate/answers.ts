import { whoOf } from "./guard.ts";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Audit, AuditEntry } from "../observe/audit.ts";

/** A request to the admin port; the peer is there where node's server hands it over. */
export type AdminContext = Context<{ Bindings: Partial<HttpBindings> }>;

/** What an order is told to the audit with. */
export interface AuditTerms {
  /** Of the admin port: says who ordered. */
  readonly token: string;
  readonly audit: Pick<Audit, "add">;
}

/** The body as JSON; `undefined`, which no order is, where it is none. */
export async function bodyOf({ req }: AdminContext): Promise<unknown> {
  try {
    return await req.json<unknown>();
  } catch {
    return undefined;
  }
}

/** Where a request comes from; `""`: not known. */
export function addressOf({ env }: AdminContext): string {
  // Where no server stands before it there is no peer, and no bindings either.
  const bindings: Partial<HttpBindings> | undefined = env;
  return bindings?.incoming?.socket.remoteAddress ?? "";
}

/** What tells the audit of an order once its result is known. */
export function teller(
  context: AdminContext,
  { token, audit }: AuditTerms,
  what: Pick<AuditEntry, "action" | "order">,
): (result: AuditEntry["result"]) => void {
  const address = addressOf(context);
  return (result) => audit.add({ who: whoOf(token), address, ...what, result });
}

/** A problem document (RFC 9457), of no type beyond its status. */
export function problem(
  context: Context,
  status: 400 | 401 | 403 | 404 | 409 | 411 | 413 | 415 | 429 | 503,
  detail: string,
): Response {
  const document = JSON.stringify({ type: "about:blank", status, detail });
  return context.body(document, status, { "Content-Type": "application/problem+json" });
}
