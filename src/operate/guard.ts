import { createHash, timingSafeEqual } from "node:crypto";
import { isIPv6 } from "node:net";

/** What of a request to the admin port decides whether it is heard. */
export interface Knock {
  readonly method: string;
  /** As in the URL: `localhost`, `[::1]`. */
  readonly hostname: string;
  /** Host with its port, as the request names it. */
  readonly host: string;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
}

/** On which terms the admin port hears. */
export interface GuardTerms {
  /** Empty: none is asked for. */
  readonly token: string;
  /** Where the port is bound, as configured. */
  readonly host: string;
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
 * request from another origin, and a form, whose media types need no one's consent.
 */
export function notHeard(knock: Knock, terms: GuardTerms): NotHeard | undefined {
  return wrongName(knock, terms) ?? wrongToken(knock, terms) ?? wrongSender(knock);
}

function wrongName({ hostname }: Knock, { host }: GuardTerms): NotHeard | undefined {
  const bound = isIPv6(host) ? `[${host}]` : host;
  if (!LOOPBACK.test(bound) || hostname === bound || LOOPBACK.test(hostname)) return undefined;
  const detail = `This port is bound to ${host}, so it is asked as ${bound} or localhost alone.`;
  return { status: 403, detail };
}

function wrongToken({ authorization = "" }: Knock, { token }: GuardTerms): NotHeard | undefined {
  return token === "" || sameSecret(authorization, `Bearer ${token}`)
    ? undefined
    : { status: 401, detail: "Send the admin token as Authorization: Bearer." };
}

function wrongSender({ method, origin, host, contentType = "" }: Knock): NotHeard | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  if (origin !== undefined && hostOf(origin) !== host) {
    return { status: 403, detail: "Pages of other origins may change nothing here." };
  }
  return /^application\/json[ \t]*(?:;|$)/i.test(contentType)
    ? undefined
    : { status: 415, detail: "Send the order as Content-Type: application/json." };
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
