import { describe, expect, it } from "vitest";
import { cachePolicy, route, upstream } from "../support/settings.ts";
import { startToldWorld, type ToldWorld } from "../support/told-origin.ts";

/*
 * An upstream that fails, from outside: it is let alone, what is stale serves, and its return is noticed.
 */

const circuit = { ...upstream().circuit, least: 5, openMs: 150 };
const cached = route({
  name: "GET /kept",
  match: { methods: ["GET"], path: "/kept" },
  safe: true,
  cache: cachePolicy({}),
});

async function broken(openMs: number): Promise<ToldWorld> {
  const terms = { circuit: { ...circuit, openMs }, maxRetries: 0, routes: [cached] };
  const api = await startToldWorld({ upstream: terms });
  const fields = { "Cache-Control": "max-age=60, stale-if-error=600", Age: "61" };
  api.tell({ body: "old", fields });
  await api.ask("/kept");
  api.tell({ status: 503, body: "down" });
  for (let count = 0; count < 4; count += 1) {
    expect((await api.ask("/x", { method: "POST" })).body).toBe("down");
  }
  return api;
}

describe("an upstream that fails", () => {
  it("is sent nothing more: stale answers serve, the rest is told when to come again", async () => {
    await using api = await broken(60_000);
    const sent = api.seen.length;
    const refused = await api.ask("/x", { method: "POST" });
    expect([refused.status, refused.fields["content-type"]]).toEqual([
      503,
      "application/problem+json",
    ]);
    expect(refused.body).toContain("urn:sluice:problem:upstream-down");
    expect(Number(refused.fields["retry-after"])).toBeGreaterThanOrEqual(59);
    const kept = await api.ask("/kept");
    expect([kept.status, kept.body]).toEqual([200, "old"]);
    expect(kept.cache).toContain("detail=upstream-down");
    expect(api.seen).toHaveLength(sent);
    expect(api.world.gateway.status().upstreams["api"]?.circuit).toEqual({
      state: "open",
      openings: 1,
    });
  });

  it("is asked again by one request, and by all once that was answered", async () => {
    await using api = await broken(150);
    api.tell({ body: "well" });
    await expect.poll(async () => (await api.ask("/x", { method: "POST" })).body).toBe("well");
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.ask("/x", { method: "POST" })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });
});
