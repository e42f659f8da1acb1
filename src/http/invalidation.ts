import { fieldLines, type RawFields } from "./fields.ts";
import { readTarget } from "./target.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** True for a method that only reads (RFC 9110 section 9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
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
