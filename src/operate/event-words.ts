import type { AuditEntry } from "../observe/audit.ts";
import { span } from "./dashboard/words.ts";

/*
 * What happened, as the events tell it: a sentence without its time.
 */

/** A 429 of the upstream. `route` absent: on none that is listed; `pausedMs` absent: the ledger's back-off decides. */
export function throttledWords(route: string | undefined, pausedMs: number | undefined): string {
  const paused = pausedMs === undefined ? "paused" : `paused ${span(pausedMs)}`;
  return `Throttled by the upstream on ${route ?? "an unlisted route"}, ${paused}`;
}

/** An operator's order, and what became of it. */
export function orderWords({ action, order, who, result }: AuditEntry): string {
  const done = result === "done" || result === "accepted" ? "" : `, but: ${result}`;
  return `${what(action, order)} (${who})${done}`;
}

function what(action: AuditEntry["action"], order: AuditEntry["order"]): string {
  const name = text(order["name"]);
  switch (action) {
    case "pause":
      return `Paused for ${span(Number(order["forMs"]))} by an operator`;
    case "resume":
      return "Resumed by an operator";
    case "purge":
      return `Purged ${subject(order)}`;
    case "warm":
      return `Warming ${text(order["urls"])} URLs`;
    case "create-consumer":
      return `Created the consumer ${name}`;
    case "rotate-key":
      return `Made a new key for ${name}`;
    case "change-consumer":
      return `Changed the consumer ${name}${changes(order)}`;
    case "remove-consumer":
      return `Removed the consumer ${name}`;
    case "open-gateway":
      return "Opened the gateway to everybody";
    default:
      return action satisfies never;
  }
}

function subject(order: AuditEntry["order"]): string {
  const by = text(order["by"]);
  const which = { group: "group", prefix: "prefix", url: "path" }[by];
  return which === undefined ? "everything" : `the ${by} ${text(order[which])}`;
}

function changes({ weight, enabled }: AuditEntry["order"]): string {
  const told = [
    ...(weight === undefined ? [] : [`weight ${text(weight)}`]),
    ...(enabled === undefined ? [] : [enabled === true ? "enabled" : "disabled"]),
  ];
  return told.length === 0 ? "" : `: ${told.join(", ")}`;
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
