import { describe, expect, it } from "vitest";
import { shadowRoutes } from "../../src/operate/shadow-routes.ts";

const REPORT = { quotas: [], missed: 2, consumers: [] };

describe("shadowRoutes()", () => {
  it("tells what is tried at which upstream, since when, and for whom it counts", async () => {
    const report = () => ({ ...REPORT, since: Date.parse("2026-11-25T00:00:00Z") });
    const routes = shadowRoutes({ shadows: () => new Map([["api", { report }]]) });
    expect(await (await routes.request("/")).json()).toEqual({
      counted: "this instance alone",
      upstreams: [{ upstream: "api", since: "2026-11-25T00:00:00.000Z", ...REPORT }],
    });
  });

  it("tells nothing where nothing is tried", async () => {
    const answer = await shadowRoutes({ shadows: () => new Map() }).request("/");
    expect(await answer.json()).toMatchObject({ upstreams: [] });
  });
});
