import { describe, expect, it } from "vitest";
import { healthRoutes, type Health } from "../../src/operate/health.ts";

const LOST =
  "The ledger of api is out of reach: stored answers are served, but nothing can be sent.";

async function ask(path: string, changes: Partial<Health>) {
  const well = { started: () => true, missing: () => [], degraded: () => [] };
  const answer = await healthRoutes({ ...well, ...changes }).request(path);
  return { status: answer.status, body: await answer.json() };
}

describe("healthRoutes()", () => {
  it("says that it lives, whatever is missing", async () => {
    const { status } = await ask("/livez", { missing: () => ["all"], started: () => false });
    expect(status).toBe(200);
  });

  it("says with 503 that it has not started yet", async () => {
    expect(await ask("/startupz", { started: () => false })).toEqual({
      status: 503,
      body: { started: false },
    });
    expect((await ask("/startupz", {})).status).toBe(200);
  });

  it("says what keeps it from being ready, with 503", async () => {
    expect(await ask("/readyz", { missing: () => ["It is shutting down."] })).toEqual({
      status: 503,
      body: { ready: false, missing: ["It is shutting down."], degraded: [] },
    });
  });

  it("stays ready without its store, says so in words, and is not where that is asked strictly", async () => {
    const degraded = () => [LOST];
    expect(await ask("/readyz", { degraded })).toEqual({
      status: 200,
      body: { ready: true, missing: [], degraded: [LOST] },
    });
    expect((await ask("/readyz?strict", { degraded })).status).toBe(503);
    expect((await ask("/readyz?strict", {})).status).toBe(200);
  });
});
