import { accepts } from "../http/accept.ts";
import { parseCacheControl } from "../http/cache-control.ts";
import { wantsOriginsJudgement } from "../http/conditional.ts";
import { fieldLines, type RawFields } from "../http/fields.ts";
import type { CachePolicy, Route, Upstream } from "../ports/settings.ts";

/** What the cache may do for a request. */
export type Cacheability =
  | {
      readonly kind: "cacheable";
      /** Absent: the origin's own fields decide. */
      readonly policy: CachePolicy | undefined;
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

/** Decides whether a stored response may serve a request at all. */
export function cacheability({ method, fields, route, upstream }: CacheQuestion): Cacheability {
  if (method !== "GET" && method !== "HEAD") return { kind: "forward", reason: "method" };
  if (concernsOneClient(fields)) return { kind: "forward", reason: "bypass" };
  const policy = route?.cache;
  // Shared answers are of the route's media types; whoever wants another is answered alone.
  if (policy && accepts(fields, policy.mediaTypes)) {
    return { kind: "cacheable", policy, collapse: true };
  }
  if (!policy && upstream.unlistedGets === "origin") {
    return { kind: "cacheable", policy: undefined, collapse: false };
  }
  return { kind: "forward", reason: "bypass" };
}

function concernsOneClient(fields: RawFields): boolean {
  const directives = parseCacheControl(fieldLines(fields, "cache-control"));
  return directives.has("no-store") || wantsOriginsJudgement(fields);
}
