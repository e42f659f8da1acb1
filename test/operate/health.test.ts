import { describe, expect, it } from "vitest";
import { probe, type Health } from "../../src/operate/health.ts";

const LOST =
  "The ledger of api is out of reach: stored answers are served, but nothing can be sent.";

function ask(path: string, changes: Partial<Health>) {
  const well = { started: () => true, missing: () => [], degraded: () => [] };
  return probe(new URL(path, "http://localhost"), { ...well, ...changes });
}

describe("probe()", () => {
  it("says that it lives, whatever is missing", () => {
    const answer = ask("/livez", { missing: () => ["all"], started: () => false });
    expect(answer?.status).toBe(200);
  });

  it("says with 503 that it has not started yet", () => {
    expect(ask("/startupz", { started: () => false })).toEqual({
      status: 503,
      body: { started: false },
    });
    expect(ask("/startupz", {})?.status).toBe(200);
  });

  it("says what keeps it from being ready, with 503", () => {
    expect(ask("/readyz", { missing: () => ["It is shutting down."] })).toEqual({
      status: 503,
      body: { ready: false, missing: ["It is shutting down."], degraded: [] },
    });
  });

  it("stays ready without its store, says so in words, and is not where that is asked strictly", () => {
    const degraded = () => [LOST];
    expect(ask("/readyz", { degraded })).toEqual({
      status: 200,
      body: { ready: true, missing: [], degraded: [LOST] },
    });
    expect(ask("/readyz?strict", { degraded })?.status).toBe(503);
    expect(ask("/readyz?strict", {})?.status).toBe(200);
  });

  it("has nothing to say of another path", () => {
    expect(ask("/readyz/", {})).toBeUndefined();
  });
});
