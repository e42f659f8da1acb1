import { eachField, type RawFields } from "../http/fields.ts";
import type { Upstream } from "../ports/settings.ts";

/** Where clients reach the upstream by this gateway: `http://gateway.example:8080`, and the mount. */
export interface Address {
  readonly upstream: Upstream;
  /** Origin of the gateway as this client sees it, without a closing slash. */
  readonly origin: string;
}

const REFERENCES = new Set(["location", "content-location"]);

/**
 * Points `Location`, `Content-Location` and `Link` at the gateway where they name the upstream, and takes
 * the key's query parameter out of them: what a client follows goes through here again. References to
 * anywhere else are left alone.
 */
export function rewriteLinks(fields: RawFields, address: Address): RawFields {
  return [...eachField(fields)].flatMap(([name, value]) => {
    const lowerCase = name.toLowerCase();
    if (REFERENCES.has(lowerCase)) return [name, rewriteReference(value, address)];
    if (lowerCase !== "link") return [name, value];
    // Link (RFC 8288): each target stands in angle brackets, and holds none (else it is gone through once for each).
    const rewritten = value.replaceAll(/<([^<>]*)>/g, (_whole, target: string) => {
      return `<${rewriteReference(target, address)}>`;
    });
    return [name, rewritten];
  });
}

function rewriteReference(reference: string, { upstream, origin }: Address): string {
  const absolute = /^https?:\/\//i.test(reference) || reference.startsWith("//");
  // A reference that is relative to the request's own path holds as it is.
  if (!absolute && !reference.startsWith("/")) return withoutKeys(reference, upstream);
  const url = URL.parse(reference, upstream.url);
  const base = upstream.url.pathname.replace(/\/$/, "");
  if (!url || url.host !== upstream.url.host || !within(base, url.pathname)) return reference;
  const path = `${upstream.mount}${url.pathname.slice(base.length)}` || "/";
  const here = `${path}${url.search}${url.hash}`;
  return withoutKeys(absolute ? `${origin}${here}` : here, upstream);
}

function within(base: string, path: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}

function withoutKeys(reference: string, { keys }: Upstream): string {
  const names = keys.flatMap((key) => (key.in === "query" ? [key.name] : []));
  const [, before = "", query, hash = ""] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/.exec(reference) ?? [];
  if (query === undefined) return reference;
  const kept = query.split("&").filter((pair) => {
    const name = pair.split("=", 1)[0] ?? "";
    return !names.some((secret) => name === secret || name === encodeURIComponent(secret));
  });
  return `${before}${kept.length > 0 ? `?${kept.join("&")}` : ""}${hash}`;
}
