import { fieldLines, type RawFields } from "./fields.ts";

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
      return url && url.origin === requestUrl.origin ? [url.pathname] : [];
    });
}
