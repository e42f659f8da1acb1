import type { StoredResponse } from "../../src/http/stored-response.ts";

/** A complete stored response with changes. */
export function storedResponse(changes: Partial<StoredResponse> = {}): StoredResponse {
  return {
    variant: "v1",
    selecting: { accept: "application/json" },
    status: 200,
    reason: "OK",
    fields: ["Content-Type", "application/json", "X-Name", "caf\u00e9", "x-name", ""],
    body: new TextEncoder().encode('{"id":1}'),
    requestedAt: 1_800_000_000_000,
    receivedAt: 1_800_000_000_123,
    lifetimeMs: 60_000,
    overridden: true,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    generations: [["tickets", "h1", "s1"]],
    etag: '"abc"',
    ...changes,
  };
}
