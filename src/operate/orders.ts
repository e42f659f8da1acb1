import {
  quoted,
  readReference,
  readUpstream,
  type Choice,
  type Mounted,
  type Reference,
} from "./reference.ts";
import { MOST_PREFIX_SEGMENTS } from "../lookup/cache-key.ts";
import type { PurgeKind, PurgeOrder } from "../store/purge.ts";
import type { WarmErrand } from "../store/warm.ts";

/*
 * What the bodies of the admin port's mutations mean. All members are checked: an order that is only half
 * understood would change something else than its sender had in mind.
 */

/** An order that was not understood, in words for its sender. */
export interface Refused {
  readonly refused: string;
}

/** A purge, and in words what it covers. */
export interface ReadPurge {
  readonly order: PurgeOrder;
  readonly kind: PurgeKind;
  readonly covers: string;
}

/** A list to be warmed. */
export interface ReadWarm {
  readonly errands: readonly WarmErrand[];
}

/** What orders may speak of. */
export interface Known {
  readonly upstreams: readonly Mounted[];
  /** Names of the configured consumers; empty: whoever asks is accepted. */
  readonly consumers: readonly string[];
}

/** URLs in one list. */
const MOST_URLS = 1000;

const SUBJECTS = ["url", "prefix", "group", "everything"] as const;

/** Reads `{url | prefix | group | everything: true, upstream?, soft?}`. */
export function readPurge(body: unknown, { upstreams }: Known): ReadPurge | Refused {
  const read = membersOf(body, [...SUBJECTS, "upstream", "soft"]);
  if ("refused" in read) return read;
  const { members, named } = read;
  const { soft = false } = members;
  const given = SUBJECTS.filter((subject) => members[subject] !== undefined);
  const [by] = given;
  if (by === undefined || given.length > 1) {
    return { refused: `A purge needs exactly one of: ${SUBJECTS.join(", ")}.` };
  }
  if (typeof soft !== "boolean") return { refused: `"soft" must be true or false.` };
  const subject = readSubject(by, members[by], { upstreams, named });
  return "refused" in subject ? subject : { ...subject, kind: soft ? "soft" : "hard" };
}

type ReadSubject = Omit<ReadPurge, "kind"> | Refused;

function readSubject(by: PurgeOrder["by"], value: unknown, choice: Choice): ReadSubject {
  if (by === "everything") {
    if (value !== true) return { refused: `"everything" must be true.` };
    const chosen = readUpstream(choice);
    if ("refused" in chosen) return chosen;
    const { name } = chosen.upstream;
    return { order: { upstream: name, by }, covers: `All that is stored of ${name}.` };
  }
  if (typeof value !== "string" || value === "" || value.length > 8192) {
    return { refused: `${quoted(by)} must be a text of 1 to 8192 characters.` };
  }
  return by === "group" ? readGroup(value, choice) : readPath(by, value, choice);
}

function readGroup(group: string, choice: Choice): ReadSubject {
  const chosen = readUpstream(choice);
  if ("refused" in chosen) return chosen;
  const { name, routes } = chosen.upstream;
  const groups = new Set(routes.flatMap((route) => route.groups));
  if (!groups.has(group)) {
    const known = [...groups].join(", ") || "none";
    return { refused: `No route has the group ${quoted(group)}. Groups of ${name}: ${known}.` };
  }
  const covers = `All that is stored of ${name} in the group ${quoted(group)}.`;
  return { order: { upstream: name, by: "group", group }, covers };
}

function readPath(by: "url" | "prefix", text: string, choice: Choice): ReadSubject {
  const read = readReference(text, choice);
  if ("refused" in read) return read;
  const { name, mount } = read.upstream;
  // A closing slash makes no difference: what is stored has a name with and without it.
  const path = read.path.replace(/\/$/, "") || "/";
  const seen = `${mount}${path}`;
  if (by === "url") {
    const covers = `What is stored of ${seen}, as clients see it, with any query and in every variant.`;
    return { order: { upstream: name, by, path }, covers };
  }
  if (read.query !== "") return { refused: "A prefix is of the path, so it has no query." };
  if (path.split("/").length - 1 > MOST_PREFIX_SEGMENTS) {
    const refused = `Prefixes are known down to ${MOST_PREFIX_SEGMENTS} segments below the mount: purge a shorter one, or single URLs.`;
    return { refused };
  }
  const covers =
    path === "/"
      ? `All that is stored of ${name}.`
      : `What is stored of ${seen} and of all below ${seen}/, as clients see it. A prefix ends where a segment ends.`;
  return { order: { upstream: name, by, prefix: path }, covers };
}

/** Reads `{urls: [...], upstream?, consumer?}`. */
export function readWarm(body: unknown, { upstreams, consumers }: Known): ReadWarm | Refused {
  const read = membersOf(body, ["urls", "upstream", "consumer"]);
  if ("refused" in read) return read;
  const { members, named } = read;
  const { urls, consumer } = members;
  if (!isTexts(urls) || urls.length === 0 || urls.length > MOST_URLS) {
    return { refused: `"urls" must be a list of 1 to ${MOST_URLS} URLs.` };
  }
  if (consumer !== undefined && !isConsumer(consumer, consumers)) {
    return { refused: `"consumer" must be the name of a consumer of this gateway.` };
  }
  const asker = consumer === undefined ? {} : { consumer };
  const references = urls.map((url) => readReference(url, { upstreams, named }));
  const wrong = references.find((reference) => "refused" in reference);
  if (wrong) return wrong;
  const errands = references.flatMap((reference) =>
    "refused" in reference ? [] : [{ target: targetOf(reference), ...asker }],
  );
  return { errands };
}

function targetOf({ upstream, path, query }: Exclude<Reference, Refused>): string {
  return `${upstream.mount}${path}${query}`;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isConsumer(value: unknown, consumers: readonly string[]): value is string {
  if (typeof value !== "string") return false;
  return consumers.length === 0 ? /^[\w.-]{1,100}$/.test(value) : consumers.includes(value);
}

/** The members of a body that has no other, and the upstream's name among them. */
export interface Members {
  readonly members: Readonly<Record<string, unknown>>;
  readonly named: string | undefined;
}

/** Reads a body that is a JSON object of known members. */
export function membersOf(body: unknown, known: readonly string[]): Members | Refused {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { refused: "The body must be a JSON object." };
  }
  const members: Readonly<Record<string, unknown>> = { ...body };
  const unknown = Object.keys(members).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const names = unknown.slice(0, 10).map(quoted).join(", ");
    return { refused: `Not known: ${names}. Known: ${known.join(", ")}.` };
  }
  const named = members["upstream"];
  return named === undefined || typeof named === "string"
    ? { members, named }
    : { refused: `"upstream" must be the name of an upstream.` };
}
