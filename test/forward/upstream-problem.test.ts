import { describe, expect, it } from "vitest";
import {
  brokenOffProblem,
  keyRefusedProblem,
  upstreamDownProblem,
  upstreamProblem,
} from "../../src/forward/upstream-problem.ts";
import { UpstreamFault } from "../../src/ports/faults.ts";

describe("upstreamProblem()", () => {
  it.each([
    ["not-departed", "upstream-unreachable", 502, "was not sent"],
    ["unreachable", "upstream-unreachable", 502, "was not sent"],
    ["unproven", "upstream-unreachable", 502, "was not sent. Only the operator"],
    ["connect-timeout", "upstream-unreachable", 502, "was not sent"],
    ["timeout", "upstream-timeout", 504, "may have processed it"],
    ["broken", "upstream-broke-off", 502, "may have processed it"],
  ] as const)("tells of %s as %s, and whether it was sent", (...told) => {
    const [kind, type, status, text] = told;
    const problem = upstreamProblem(new UpstreamFault(kind, "connect 10.0.0.7:443"), "api");
    expect(problem).toMatchObject({ type, status });
    expect(problem.details.detail).toContain(text);
    // Where the upstream stands is the operator's to know.
    expect(problem.details.detail).not.toContain("10.0.0.7");
    expect(problem.details.operatorNote).toContain("10.0.0.7");
  });
});

describe("keyRefusedProblem()", () => {
  it("tells the operator what to check, and the client that it is not its affair", () => {
    const { type, details } = keyRefusedProblem("clientexec", 401);
    expect(type).toBe("upstream-refused-key");
    expect(details.detail).toContain("Only the operator");
    expect(details.detail).not.toContain("clientexec");
    expect(details.operatorNote).toContain("upstreams.clientexec.keys");
  });
});

describe("upstreamDownProblem()", () => {
  it("says that nothing was sent, and when somebody tries", () => {
    const { type, status, details } = upstreamDownProblem({ name: "clientexec" }, 2100);
    expect([type, status, details.retryAfterSeconds]).toEqual(["upstream-down", 503, 3]);
    expect(details.detail).toContain("not sent. One request tries after the time given");
    expect(details.detail).not.toContain("clientexec");
    expect(details.operatorNote).toContain("upstreams.clientexec.circuit");
  });

  it("says to come soon while somebody tries", () => {
    const { details } = upstreamDownProblem({ name: "clientexec" });
    expect(details.retryAfterSeconds).toBe(1);
    expect(details.detail).toContain("One request is trying now");
  });
});

describe("brokenOffProblem()", () => {
  it("keeps the upstream's own fault, and takes any other error for a body that broke off", () => {
    const timeout = new UpstreamFault("timeout", "slow");
    expect(brokenOffProblem(timeout, "api").type).toBe("upstream-timeout");
    expect(brokenOffProblem(new Error("bad gzip"), "api").type).toBe("upstream-broke-off");
  });
});
