import { describe, expect, it } from "vitest";
import { readWrk } from "./wrk.ts";

const TEXT = `
  Latency Distribution
     50%  500.00us
     75%    1.10ms
     90%    1.40ms
     99%    2.10s
  10466 requests in 3.02s, 17.97MB read
Requests/sec:   3464.38
`;

describe("readWrk()", () => {
  it("reads the rate and the latencies, whatever their units", () => {
    expect(readWrk(TEXT)).toEqual({ perSecond: 3464.38, p50Ms: 0.5, p99Ms: 2100 });
  });

  it.each([
    "  Non-2xx or 3xx responses: 3",
    "  Socket errors: connect 0, read 1, write 0, timeout 0",
  ])("takes no figures of a run with %j", (trouble) => {
    expect(() => readWrk(`${TEXT}${trouble}`)).toThrow("failures");
  });
});
