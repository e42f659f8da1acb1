import { createHash } from "node:crypto";

/**
 * An entity tag for a body that the origin gave none (RFC 9110 section 8.8.3). Strong: it is a digest
 * of the very bytes that are sent.
 */
export function madeEtag(body: Uint8Array): string {
  return `"sl-${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}
