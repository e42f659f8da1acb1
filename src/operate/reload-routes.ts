import { Hono } from "hono";
import { problem, teller, type AdminContext, type AuditTerms } from "./answers.ts";
import type { HttpBindings } from "@hono/node-server";
import type { AuditEntry } from "../observe/audit.ts";
import type { Reloaded } from "./reloading.ts";

/** What the route of reloads is built with. */
export interface ReloadRouteParts extends AuditTerms {
  /** Absent: this instance was not started from a file. */
  readonly reload?: (() => Promise<Reloaded>) | undefined;
}

type Shown = Readonly<Record<string, unknown>>;

/** `/reload` on the admin port. The caller has heard the request already (guard.ts). */
export function reloadRoutes(parts: ReloadRouteParts): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.post("/", (context) => answerReload(context, parts));
  return routes;
}

async function answerReload(context: AdminContext, parts: ReloadRouteParts): Promise<Response> {
  if (!parts.reload) return problem(context, 409, "This instance was not started from a file.");
  const tell = teller(context, parts, { action: "reload", order: {} });
  let reloaded: Reloaded;
  try {
    reloaded = await parts.reload();
  } catch (error) {
    tell("failed");
    throw error;
  }
  tell(resultOf(reloaded));
  switch (reloaded.kind) {
    case "applied":
      return context.json({ result: "applied", changed: reloaded.changed });
    case "unchanged":
      return context.json({ result: "unchanged", changed: [] });
    case "refused": {
      const detail = "The file cannot be used, so the old configuration stays. Mend its problems.";
      return refusal(422, { detail, result: reloaded.kind, problems: reloaded.problems });
    }
    case "needs-restart": {
      const detail =
        "Some of what has changed needs a restart, so nothing was applied: restart the instance, or take that back.";
      return refusal(409, { detail, result: reloaded.kind, paths: reloaded.paths });
    }
    case "store-unavailable":
      return problem(context, 503, "The store is out of reach, so the old configuration stays.");
    default:
      return reloaded satisfies never;
  }
}

function resultOf({ kind }: Reloaded): AuditEntry["result"] {
  if (kind === "applied" || kind === "unchanged") return "done";
  return kind === "store-unavailable" ? kind : "refused";
}

/** A problem document (RFC 9457) with members of its own. */
function refusal(status: 409 | 422, members: Shown): Response {
  const document = JSON.stringify({ type: "about:blank", status, ...members });
  const headers = { "Content-Type": "application/problem+json" };
  return new Response(document, { status, headers });
}
