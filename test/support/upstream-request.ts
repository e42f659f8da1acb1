import type { UpstreamRequest } from "../../src/ports/upstream-client.ts";

/** A plain GET that may always leave. */
export function upstreamRequest(changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: "GET",
    target: "/",
    fields: [],
    body: null,
    signal: new AbortController().signal,
    mayDepart: () => true,
    onInformation: () => {},
    ...changes,
  };
}
