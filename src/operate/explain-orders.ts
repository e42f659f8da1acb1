import { readTarget } from "../http/target.ts";
import { quoted, readReference, type Choice, type Reference } from "./reference.ts";
import { membersOf, type Known, type Refused } from "./orders.ts";
import type { RawFields } from "../http/fields.ts";

/** A request to be explained. */
export interface ExplainOrder {
  readonly method: string;
  /** Name of its upstream. */
  readonly upstream: string;
  /** Canonical, below the mount; `""` for the mount itself. */
  readonly path: string;
  readonly query: string;
  readonly fields: RawFields;
  readonly consumer: string | undefined;
}

/** Field lines in one order. */
const MOST_FIELDS = 100;

/** Letters, digits and signs of which methods and field names are made (RFC 9110 section 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,100}$/;

const NEVER_FORWARDED = new Set(["CONNECT", "TRACE"]);

/** Reads `{url, method?, consumer?, fields?, upstream?}`. */
export function readExplain(body: unknown, known: Known): ExplainOrder | Refused {
  const read = membersOf(body, ["url", "method", "consumer", "fields", "upstream"]);
  if ("refused" in read) return read;
  const { members, named } = read;
  const { url, method = "GET", consumer, fields = {} } = members;
  const lines = linesOf(fields);
  if (!isUrl(url)) return { refused: `"url" must be a text of 1 to 8192 characters.` };
  if (!isMethod(method)) {
    return { refused: `"method" must be a method that is forwarded, such as "GET".` };
  }
  if (consumer !== undefined && !isConsumer(consumer, known.consumers)) {
    return { refused: `"consumer" must be the name of a consumer of this gateway.` };
  }
  if (!lines) {
    const refused = `"fields" must be an object of at most ${MOST_FIELDS} fields, each a name and a text.`;
    return { refused };
  }
  const reference = readUrl(url, { upstreams: known.upstreams, named });
  if ("refused" in reference) return reference;
  const { upstream, path, query } = reference;
  return { method, upstream: upstream.name, path, query, fields: lines, consumer };
}

function isUrl(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 8192;
}

function isMethod(value: unknown): value is string {
  return typeof value === "string" && TOKEN.test(value) && !NEVER_FORWARDED.has(value);
}

/** A URL, or a path as clients send it, mount included; or one below the mount of the named, or only, upstream. */
function readUrl(text: string, choice: Choice): Reference {
  const target = readTarget(text);
  if ("refused" in target) return { refused: `${quoted(text)}: ${target.refused}` };
  const { upstreams, named } = choice;
  const absolute = /^https?:\/\//i.test(text);
  const candidates = upstreams.filter(({ name }) => named === undefined || name === named);
  const asSent =
    absolute ||
    candidates.some(({ mount }) => target.path === mount || target.path.startsWith(`${mount}/`));
  const read = readReference(asSent && !absolute ? `http://sluice${text}` : text, choice);
  if ("refused" in read) return read;
  return asSent && target.path === read.upstream.mount ? { ...read, path: "" } : read;
}

function isConsumer(value: unknown, consumers: readonly string[]): value is string {
  if (typeof value !== "string") return false;
  return consumers.length === 0 ? /^[\w.:-]{1,64}$/.test(value) : consumers.includes(value);
}

function linesOf(fields: unknown): RawFields | undefined {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return undefined;
  const entries = Object.entries(fields);
  if (entries.length > MOST_FIELDS) return undefined;
  const lines = entries.flatMap(([name, value]: [string, unknown]) =>
    TOKEN.test(name) && typeof value === "string" && /^[\t\u0020-\u007E\u0080-\u00FF]*$/.test(value)
      ? [name, value]
      : [],
  );
  return lines.length === entries.length * 2 ? lines : undefined;
}
