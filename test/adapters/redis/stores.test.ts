import { randomUUID } from "node:crypto";
import { describe, expect, inject, it } from "vitest";
import { openRedisStores } from "../../../src/adapters/redis/stores.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { terms } from "../../support/ledger-world.ts";
import { startCluster } from "../../support/redis-cluster.ts";
import { commandTo } from "../../support/redis-command.ts";
import { startRedis } from "../../support/redis-instance.ts";

const HELLO = { waiting: [], departed: [], peers: [] };
const NOTHING = { joins: [], leaves: [], ended: [], returned: [] };

function settings(redis: string) {
  const bounds = { maxBytes: 1_000_000, nearBytes: 100_000, onLoss: "closed" } as const;
  return { redis, file: "", prefix: `stores-${randomUUID()}`, ...bounds };
}

describe("openRedisStores()", () => {
  it.each([
    { where: "one Redis", url: inject("redisUrl") },
    { where: "a Cluster", url: inject("redisClusterUrl") },
  ])(
    "opens ledger, cache, leases, accounts and slots on $where, and closes every connection",
    async ({ url }) => {
      const stores = await openRedisStores(settings(url), { onTrouble: () => {} });
      const ledger = stores.ledger(terms());
      const turn = ledger.turn({ process: "p", sequence: 1, ...NOTHING, everything: HELLO });
      expect(await turn).toMatchObject({ granted: [], askEverything: false });
      expect(await stores.cache.read("key", ["name"])).toMatchObject({ variants: [] });
      const lease = await stores.leases.take("key");
      expect([lease !== undefined, await stores.leases.take("key")]).toEqual([true, undefined]);
      const query = { upstream: "api", span: "hour", from: 0, to: 3_600_000 } as const;
      for await (const cells of stores.accounts.read(query)) expect(cells).toEqual([]);
      const slots = stores.slots(terms());
      using slot = await slots.take();
      expect(slot).toBeDefined();
      await slots.close();
      await ledger.close();
      await stores.close();
      await expect(stores.cache.read("key", [])).rejects.toThrow(StoreFault);
    },
  );

  it("says that Redis does not answer, or that it could drop the ledger", async () => {
    const redis = await startRedis({
      args: ["--maxmemory-policy", "allkeys-lru", "--maxmemory", "50mb"],
    });
    const evicting = openRedisStores(settings(redis.url), { onTrouble: () => {} });
    await expect(evicting).rejects.toThrow(/maxmemory-policy/);
    await redis.stop();
    const nobody = openRedisStores(settings(redis.url), { onTrouble: () => {} });
    await expect(nobody).rejects.toThrow(StoreFault);
  }, 20_000);

  it("refuses a Cluster of which one primary could drop the ledger", async () => {
    await using cluster = await startCluster();
    await cluster.ready();
    const [, second] = cluster.nodes;
    await commandTo(second?.url ?? "", ["CONFIG", "SET", "maxmemory-policy", "volatile-lru"]);
    const evicting = openRedisStores(settings(cluster.url), { onTrouble: () => {} });
    await expect(evicting).rejects.toThrow("volatile-lru");
  });
});
