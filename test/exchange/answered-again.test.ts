import { describe, expect, it } from "vitest";
import { request } from "undici";
import { startWorld, type World } from "../support/gateway.ts";

/*
 * A request that was answered from store a moment ago is answered in a shorter way; nobody must see a difference.
 */

async function ask(world: World, method: "GET" | "HEAD" = "GET", id = "one") {
  const response = await request(`${world.base}/ticket/1`, {
    method,
    headers: { "x-request-id": id, "accept-encoding": "gzip" },
  });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, body: bytes.toString("base64") };
}

describe("a request that is asked again and again", () => {
  it.each(["GET", "HEAD"] as const)(
    "gets the same answer by %s each time, under its own id",
    async (method) => {
      await using world = await startWorld();
      await ask(world);
      const first = await ask(world, method, "first");
      const again = await ask(world, method, "again");
      expect(first.headers["cache-status"]).toMatch(/^sluice;hit;ttl=\d+/);
      expect(again.headers["x-request-id"]).toBe("again");
      const same = { age: expect.any(String), "cache-status": expect.stringMatching(/;hit;/) };
      expect(again).toEqual({
        ...first,
        headers: { ...first.headers, ...same, "x-request-id": "again" },
      });
      expect(Object.keys(again.headers).toSorted()).toEqual(Object.keys(first.headers).toSorted());
    },
  );

  it("is counted each time, and asks the upstream once", async () => {
    await using world = await startWorld();
    for (let count = 0; count < 4; count += 1) await ask(world);
    expect(world.gateway.status().total).toMatchObject({ asked: 4, fromStore: 3, forwarded: 1 });
    expect(world.simulator.arrivals()).toHaveLength(1);
  });

  it("is answered anew once somebody has written", async () => {
    await using world = await startWorld();
    for (let count = 0; count < 3; count += 1) await ask(world);
    const written = await request(`${world.base}/ticket/1`, { method: "PUT", body: "{}" });
    await written.body.dump();
    expect((await ask(world)).headers["cache-status"]).toMatch(/^sluice;fwd=/);
  });
});
