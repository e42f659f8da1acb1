import { fieldLines, type RawFields } from "./fields.ts";
import { readTarget } from "./target.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** True for a method that only reads (RFC 9110 section 9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

/**
 * True where an unsafe request that was sent may have changed something, by the status that answered it, `undefined`
 * where none came. "A cache MUST invalidate the target URI [...] when it receives a non-error status code in response to
 * an unsafe request method" (RFC 9111 section 4.4), and it may more often: a time-out, a 5xx and an error envelope under
 * any status leave open what was done, and a 4xx of such an API is no proof that nothing was. A 429 alone is: it was
 * refused before it was processed. What is invalidated for nothing costs one forward; what is not would be served wrong.
 */
export function mayHaveChanged(status: number | undefined): boolean {
  return status !== 429;
}

/**
 * Paths beside its own that an answered write invalidates: those of `Location` and `Content-Location` at
 * the same origin (RFC 9111 section 4.4), on the upstream's own paths.
 */
export function locationPaths(fields: RawFields, requestUrl: URL): string[] {
  return ["location", "content-location"]
    .flatMap((name) => fieldLines(fields, name))
    .flatMap((reference) => {
      const url = URL.parse(reference, requestUrl);
      if (!url || url.origin !== requestUrl.origin) return [];
      // As a request for it is read: what was stored is known by that path.
      const read = readTarget(url.pathname);
      return "path" in read ? [read.path] : [];
    });
}
