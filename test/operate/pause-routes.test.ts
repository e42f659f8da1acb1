import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { pauseRoutes, readPause, readResume } from "../../src/operate/pause-routes.ts";
import type { AuditEntry } from "../../src/observe/audit.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import type { PauseReport } from "../../src/ports/ledger.ts";

const KNOWN = { upstreams: [{ name: "api", mount: "/api", routes: [] }], consumers: [] };

function world(pause?: () => Promise<void>) {
  const reports: PauseReport[] = [];
  const audited: Omit<AuditEntry, "at">[] = [];
  const ledger = { pause: pause ?? (async (report: PauseReport) => void reports.push(report)) };
  const routes = pauseRoutes({
    token: "",
    audit: { add: (entry) => void audited.push(entry) },
    known: KNOWN,
    pausing: () => ({ ledger, maxPauseMs: 60_000 }),
  });
  const app = new Hono().route("/", routes);
  const order = (path: string, body: object) =>
    app.request(path, { method: "POST", body: JSON.stringify(body) });
  return { order, reports, audited };
}

describe("pauseRoutes()", () => {
  it("pauses for as long as is ordered, at most the bound, and tells the audit", async () => {
    const { order, reports, audited } = world();
    const answer = await order("/pause", { for: "5m" });
    expect(await answer.json()).toEqual({ upstream: "api", forMs: 60_000 });
    expect(reports).toEqual([
      { process: "operator", ticket: "operator", ordered: true, forMs: 60_000 },
    ]);
    const told = { action: "pause", order: { upstream: "api", forMs: 60_000 }, result: "done" };
    expect(audited).toMatchObject([told]);
  });

  it("resumes", async () => {
    const { order, reports, audited } = world();
    expect((await order("/resume", {})).status).toBe(200);
    expect(reports).toMatchObject([{ forMs: 0, ordered: true }]);
    expect(audited).toMatchObject([{ action: "resume", result: "done" }]);
  });

  it("says that nobody knows, where the ledger is away", async () => {
    const { order, audited } = world(() => Promise.reject(new StoreFault("away")));
    expect((await order("/pause", { for: "10s" })).status).toBe(503);
    expect(audited).toMatchObject([{ result: "store-unavailable" }]);
  });

  it("refuses what it does not understand, and carries none of it out", async () => {
    const { order, reports, audited } = world();
    for (const body of [
      {},
      { for: 10 },
      { for: "0s" },
      { for: "10s", upstream: "x" },
      { fo: "1s" },
    ]) {
      expect((await order("/pause", body)).status).toBe(400);
    }
    expect((await order("/resume", { for: "1s" })).status).toBe(400);
    expect([reports, audited]).toEqual([[], []]);
  });
});

describe("readPause()", () => {
  it("reads a duration", () => {
    expect(readPause({ for: "90s" }, KNOWN)).toEqual({ upstream: "api", forMs: 90_000 });
  });
});

describe("readResume()", () => {
  it("is a pause of nothing", () => {
    expect(readResume({ upstream: "api" }, KNOWN)).toEqual({ upstream: "api", forMs: 0 });
  });
});
