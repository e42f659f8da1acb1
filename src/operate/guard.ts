import { createHash, timingSafeEqual } from "node:crypto";
import { isIPv6 } from "node:net";
import { readStay, type Role } from "./session.ts";

/** What of a request to the admin port decides whether it is heard. */
export interface Knock {
  readonly method: string;
  readonly path: string;
  /** As in the URL: `localhost`, `[::1]`. */
  readonly hostname: string;
  /** Host with its port, as the request names it. */
  readonly host: string;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** Sec-Fetch-Site: where a browser says that the request comes from (W3C Fetch Metadata). */
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
}

/** On which terms the admin port hears. */
export interface GuardTerms {
  /** Empty: none is asked for. */
  readonly token: string;
  /** Of those who only look; empty: there are none. */
  readonly readToken: string;
  /** Where the port is bound, as configured. */
  readonly host: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Who asks, and how that is known: nothing is asked for, a token in the request, or a browser's stay. */
export interface Knocker {
  readonly role: Role;
  readonly by: "open" | "token" | "stay";
}

/** Why a request is not heard. */
export interface NotHeard {
  readonly status: 401 | 403 | 415;
  readonly detail: string;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Judges a request to the admin port; `undefined`: it is heard. A page in an operator's browser reaches loopback as
 * well as the operator does, so that three doors are closed to it: another name for this address (DNS rebinding), a
 * request from another origin, and a form, whose media types need no one's consent. A browser sends its cookie by
 * itself, so that with a stay alone an order must say that it comes from this port's own page.
 */
export function notHeard(knock: Knock, terms: GuardTerms): NotHeard | undefined {
  const misnamed = wrongName(knock, terms);
  if (misnamed) return misnamed;
  const knocker = whoKnocks(knock, terms);
  if (!knocker) return { status: 401, detail: "Send the admin token as Authorization: Bearer." };
  return wrongSender(knock, knocker) ?? beyondRole(knock, knocker);
}

/** Who asks; `undefined`: a token is asked for, and none that is known was brought. */
export function whoKnocks(
  { authorization, cookie }: Knock,
  terms: GuardTerms,
): Knocker | undefined {
  const { token, readToken, now } = terms;
  if (token === "") return { role: "full", by: "open" };
  if (authorization !== undefined) {
    const role = roleOf(authorization.replace(/^Bearer /, ""), terms);
    return role && authorization.startsWith("Bearer ") ? { role, by: "token" } : undefined;
  }
  const role = readStay(cookie, { token, readToken }, now);
  return role && { role, by: "stay" };
}

/** What a token gives leave to; `undefined`: it is none of ours. */
export function roleOf(
  given: string,
  { token, readToken }: Pick<GuardTerms, "token" | "readToken">,
): Role | undefined {
  if (token !== "" && sameSecret(given, token)) return "full";
  return readToken !== "" && sameSecret(given, readToken) ? "read" : undefined;
}

/** Asked under a name that is not this port's: the way of DNS rebinding. */
export function wrongName(
  { hostname }: Pick<Knock, "hostname">,
  { host }: Pick<GuardTerms, "host">,
): NotHeard | undefined {
  const bound = isIPv6(host) ? `[${host}]` : host;
  if (!LOOPBACK.test(bound) || hostname === bound || LOOPBACK.test(hostname)) return undefined;
  const detail = `This port is bound to ${host}, so it is asked as ${bound} or localhost alone.`;
  return { status: 403, detail };
}

function wrongSender(knock: Knock, { by }: Knocker): NotHeard | undefined {
  const { method, contentType = "" } = knock;
  if (method === "GET" || method === "HEAD") return undefined;
  if (!isOwnPage(knock, by === "stay")) {
    return { status: 403, detail: "Pages of other origins may change nothing here." };
  }
  return /^application\/json[ \t]*(?:;|$)/i.test(contentType)
    ? undefined
    : { status: 415, detail: "Send the order as Content-Type: application/json." };
}

/** True where nothing says that a page of another origin asks; `mustSay`: and the request says so itself. */
export function isOwnPage(
  { origin, host, fetchSite }: Pick<Knock, "origin" | "host" | "fetchSite">,
  mustSay: boolean,
): boolean {
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") return false;
  return origin === undefined ? !mustSay : hostOf(origin) === host;
}

/** To explain a request is to look, although its order is a POST. */
function beyondRole({ method, path }: Knock, { role }: Knocker): NotHeard | undefined {
  const looks = method === "GET" || method === "HEAD" || path === "/explain";
  return role === "full" || looks
    ? undefined
    : { status: 403, detail: "This token may look and change nothing." };
}

/** Who gave an order, for the audit: the beginning of the token's digest tells tokens apart and is no secret. */
export function whoOf(token: string): string {
  return token === "" ? "loopback" : `token ${digest(token).toString("hex").slice(0, 8)}`;
}

function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? "";
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
