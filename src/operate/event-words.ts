import type { AuditEntry } from "../observe/audit.ts";
import type { HouseEvent } from "../observe/events.ts";
import type { StoreChange } from "../schedule/turn-loop.ts";
import { span } from "./dashboard/words.ts";

/*
 * What happened, as the events tell it: a sentence without its time.
 */

/** A 429 of the upstream. `route` absent: on none that is listed; `pausedMs` absent: the ledger's back-off decides. */
export function throttledWords(route: string | undefined, pausedMs: number | undefined): string {
  const paused = pausedMs === undefined ? "paused" : `paused ${span(pausedMs)}`;
  return `Throttled by the upstream on ${route ?? "an unlisted route"}, ${paused}`;
}

/** How the store that keeps an upstream's quota fares. */
export function storeWords(change: StoreChange, upstream: string): string {
  const lost = `The ledger of ${upstream} is out of reach`;
  switch (change.kind) {
    case "lost":
      return `${lost}: nothing is sent`;
    case "apart":
      return `${lost}: its quota is divided into ${change.processes}, and this process sends its own part`;
    case "back":
      return `The ledger of ${upstream} is back`;
    default:
      return change satisfies never;
  }
}

/** An operator's order as an event: about an upstream's quota where it paused that. */
export function orderEvent(entry: AuditEntry): Omit<HouseEvent, "at"> {
  const { action, order, result } = entry;
  const paused = action === "pause" && result === "done";
  return {
    kind: "order",
    words: orderWords(entry),
    ...(paused ? { upstream: text(order["upstream"]) } : {}),
  };
}

/** An operator's order, and what became of it. */
function orderWords({ action, order, who, result }: AuditEntry): string {
  const done = result === "done" || result === "accepted" ? "" : `, but: ${result}`;
  return `${WORDS[action](order)} (${who})${done}`;
}

type Order = AuditEntry["order"];

const WORDS: Readonly<Record<AuditEntry["action"], (order: Order) => string>> = {
  pause: ({ forMs }) => `Paused for ${span(Number(forMs))} by an operator`,
  resume: () => "Resumed by an operator",
  reload: () => "Read the configuration anew",
  purge: (order) => `Purged ${subject(order)}`,
  warm: ({ urls }) => `Warming ${text(urls)} URLs`,
  "create-consumer": ({ name }) => `Created the consumer ${text(name)}`,
  "rotate-key": ({ name }) => `Made a new key for ${text(name)}`,
  "change-consumer": (order) => `Changed the consumer ${text(order["name"])}${changes(order)}`,
  "remove-consumer": ({ name }) => `Removed the consumer ${text(name)}`,
  "open-gateway": () => "Opened the gateway to everybody",
};

function subject(order: Order): string {
  const by = text(order["by"]);
  const which = { group: "group", prefix: "prefix", url: "path" }[by];
  return which === undefined ? "everything" : `the ${by} ${text(order[which])}`;
}

function changes({ weight, enabled }: Order): string {
  const told = [
    ...(weight === undefined ? [] : [`weight ${text(weight)}`]),
    ...(enabled === undefined ? [] : [enabled === true ? "enabled" : "disabled"]),
  ];
  return told.length === 0 ? "" : `: ${told.join(", ")}`;
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
