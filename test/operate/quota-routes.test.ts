import { expect, it } from "vitest";
import { quotaRoutes } from "../../src/operate/quota-routes.ts";

it("quotaRoutes() tells limits as configured and as kept, what changed them, and recent events", async () => {
  const quota = { name: "api", windowMs: 60_000, configured: 200, effective: 120, foreign: 0 };
  const report = { upstream: "api", learns: true, quotas: [quota], endpoints: [], changes: [] };
  const event = { at: 1, upstream: "api", kind: "pause-ends", words: "api goes on" } as const;
  const routes = quotaRoutes({ quotas: () => [report], events: { ofQuotas: [event] } });
  const answer = await routes.request("/");
  expect(await answer.json()).toEqual({ upstreams: [report], events: [event] });
});
