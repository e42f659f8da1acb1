import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { csvOf, jsonOf, reportOf } from "./accounts.ts";
import { readAccountsQuery } from "./accounts-query.ts";
import { problem, type AdminContext } from "./answers.ts";
import { NOBODY, type Bookkeeping } from "../observe/accounts.ts";
import { StoreFault } from "../ports/faults.ts";
import type { HttpBindings } from "@hono/node-server";
import type { Accounts } from "../ports/accounts.ts";

/** What the routes of the accounts are built with. */
export interface AccountRouteParts {
  readonly known: { readonly upstreams: readonly { readonly name: string }[] };
  readonly accounts: Pick<Accounts, "read"> & Pick<Bookkeeping, "now">;
}

/** `/accounts` and `/accounts.csv` on the admin port. The caller has heard the request already (guard.ts). */
export function accountRoutes(parts: AccountRouteParts): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.get("/accounts", (context) => {
    const supports = ["application/json", "text/csv"];
    const form = { header: "Accept", supports, default: "application/json" } as const;
    return answer(context, parts, accepts(context, form) === "text/csv");
  });
  routes.get("/accounts.csv", (context) => answer(context, parts, true));
  return routes;
}

async function answer(
  context: AdminContext,
  { known, accounts }: AccountRouteParts,
  asCsv: boolean,
): Promise<Response> {
  const upstreams = [...known.upstreams.map(({ name }) => name), NOBODY];
  const { searchParams } = new URL(context.req.url);
  const query = readAccountsQuery(searchParams, { now: accounts.now(), upstreams });
  if ("refused" in query) return problem(context, 400, query.refused);
  context.header("Vary", "Accept");
  try {
    const report = await reportOf(accounts, query, upstreams);
    if (!asCsv) return context.json(jsonOf(report));
    const type = "text/csv; charset=utf-8; header=present";
    return context.body(csvOf(report), 200, { "Content-Type": type });
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    return problem(context, 503, "The store that keeps the accounts is out of reach. Ask again.");
  }
}
