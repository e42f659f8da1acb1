import { parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";
import { cachePolicy, route } from "../support/settings.ts";

const quotas = [{ name: "clientexec", limit: 20, windowMs: 60_000, padMs: 1000 }];
const routes = [
  route({
    name: "GET /invoice/**",
    match: { methods: ["GET"], path: "/invoice/**" },
    cache: cachePolicy({ lifetimeMs: 60_000, override: true }),
    quota: { name: "invoices", limit: 5, windowMs: 60_000, padMs: 1000 },
  }),
];
const consumers = [
  {
    name: "sync",
    key: "sync-key-0123",
    weight: 1,
    priority: 3,
    allow: [],
    mayForce: false,
    cap: { limit: 10, windowMs: 60_000 },
  },
];

async function policies(world: World, path: string) {
  const headers = { Authorization: "Bearer sync-key-0123" };
  const answer = await fetch(`${world.base}${path}`, { headers });
  await answer.arrayBuffer();
  return parseList(answer.headers.get("ratelimit-policy") ?? "").map(([name]) => name);
}

describe("inner quotas", () => {
  it("are told to whom they bind: the route's where it applies, the cap everywhere", async () => {
    const options = { upstream: { quotas, routes }, settings: { consumers } };
    await using world = await startWorld(options);
    // From the API, from store, and as it was answered a moment ago.
    const told = ["clientexec", "route:invoices", "cap:sync"];
    for (const _ of [1, 2, 3]) {
      expect(await policies(world, "/invoice/1")).toEqual(expect.arrayContaining(told));
    }
    expect(world.simulator.arrivals()).toHaveLength(1);
    const elsewhere = await policies(world, "/user/1");
    expect(elsewhere).toContain("cap:sync");
    expect(elsewhere).not.toContain("route:invoices");
  });
});
