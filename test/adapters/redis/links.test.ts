import { inspect } from "node:util";
import { afterEach, describe, expect, inject, it } from "vitest";
import { openRedisLinks, type RedisLinks } from "../../../src/adapters/redis/links.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { startCluster } from "../../support/redis-cluster.ts";

const opened: RedisLinks[] = [];
afterEach(() => {
  for (const links of opened.splice(0)) links.close();
});

function open(url: string) {
  const told: string[] = [];
  const errors: Error[] = [];
  const links = openRedisLinks({
    url,
    prefix: "links",
    watcher: (name) => ({
      onTrouble(error) {
        told.push(`${name} lost`);
        errors.push(error);
      },
      onWell: () => told.push(`${name} back`),
    }),
  });
  opened.push(links);
  return { links, told, errors };
}

describe.each([
  { name: "one server", url: inject("redisUrl"), primaries: 1, isCluster: false },
  { name: "a Cluster", url: inject("redisClusterUrl"), primaries: 3, isCluster: true },
])("openRedisLinks() to $name", ({ url, primaries, isCluster }) => {
  it("is ready once commands and messages pass, and ends all of it", async () => {
    const { links, told } = open(url);
    const [commands, messages] = [links.connect("a"), links.subscribe("b")];
    await links.ready(10_000);
    await links.ready(0);
    expect(commands.isCluster).toBe(isCluster);
    expect(links.primaries()).toHaveLength(primaries);
    const heard = new Promise((resolve) => {
      messages.on("message", (_, message: string) => resolve(message));
    });
    await messages.subscribe("links-test");
    await commands.publish("links-test", "hello");
    expect(await heard).toBe("hello");
    links.close();
    await expect(commands.get("key")).rejects.toThrow(Error);
    expect(told).toEqual([]);
  });

  it("gives Bottleneck a connection whose scripts go by the clock of Redis", async () => {
    const { links } = open(url);
    const redis = links.connectBottleneck();
    redis.on("error", () => {});
    await expect.poll(() => redis.status, { timeout: 10_000 }).toBe("ready");
    expect(() => redis.defineCommand("other", { lua: "return 1" })).toThrow("Bottleneck");
    const subscriber = redis.duplicate();
    expect("isCluster" in subscriber && subscriber.isCluster).toBe(false);
    subscriber.disconnect();
  });
});

describe("openRedisLinks() to a Cluster", () => {
  it("says why it is not ready, without repeating the password", async () => {
    const { links, errors, told } = open("cluster://user:s3cret@127.0.0.1:1");
    links.connect("a");
    const wait = links.ready(300);
    await expect(wait).rejects.toThrow(StoreFault);
    await expect(wait).rejects.toThrow("was not ready within 300 ms");
    expect(told).toEqual(["a lost"]);
    expect(inspect(errors, { depth: 9 })).not.toContain("s3cret");
  });

  it("tells of trouble once for each loss of a part, and when it is over", async () => {
    await using cluster = await startCluster();
    await cluster.ready();
    const { links, told } = open(cluster.url);
    links.connect("a");
    await links.ready(10_000);
    const [, node] = cluster.nodes;
    await node?.stop();
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["a lost"]);
    await node?.restart();
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["a lost", "a back"]);
  });
});
