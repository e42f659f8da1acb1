import { accepts } from "../http/accept.ts";
import { parseCacheControl } from "../http/cache-control.ts";
import { wantsOriginsJudgement } from "../http/conditional.ts";
import { fieldLines, type RawFields } from "../http/fields.ts";
import type { CachePolicy, Route, Upstream } from "../ports/settings.ts";

/** What the cache may do for a request. */
export type Cacheability =
  | {
      readonly kind: "cacheable";
      /** The route's terms, or the upstream's for GETs on no such route. */
      readonly policy: CachePolicy;
      /** One forward for identical requests: only where a route says that its answers may be shared. */
      readonly collapse: boolean;
    }
  /** RFC 9211's reasons for not looking. */
  | { readonly kind: "forward"; readonly reason: "bypass" | "method" };

/** What a request is judged by, before anything stored is looked at. */
export interface CacheQuestion {
  readonly method: string;
  readonly fields: RawFields;
  readonly route: Route | undefined;
  readonly upstream: Upstream;
}

/**
 * Decides whether a stored response may serve a request at all. One with Range or If-None-Match may be served:
 * the whole is stored, and the answer made of it (RFC 9110 sections 13.2 and 14.2).
 */
export function cacheability({ method, fields, route, upstream }: CacheQuestion): Cacheability {
  if (method !== "GET" && method !== "HEAD") return { kind: "forward", reason: "method" };
  const policy = route?.cache ?? upstream.unlistedGets;
  // Shared answers are of the media types that may be stored; whoever wants another is answered alone.
  if (!policy || concernsOneClient(fields) || !accepts(fields, policy.mediaTypes)) {
    return { kind: "forward", reason: "bypass" };
  }
  return { kind: "cacheable", policy, collapse: route?.cache !== undefined };
}

/**
 * "no-store" forbids storing the request and any response to it (RFC 9111 section 5.2.1.5), so it goes past
 * the cache; conditions on the origin's state are the origin's to judge.
 */
function concernsOneClient(fields: RawFields): boolean {
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  return directives.has("no-store") || wantsOriginsJudgement(fields);
}
