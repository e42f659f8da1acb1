import { afterAll, beforeAll, expect, it } from "vitest";
import { clusterTarget } from "../../../src/adapters/redis/cluster-target.ts";
import { RoamingRedis } from "../../../src/adapters/redis/roaming-redis.ts";
import { SteadyCluster } from "../../../src/adapters/redis/steady-cluster.ts";
import { startCluster, type RedisCluster } from "../../support/redis-cluster.ts";
import { commandTo, untilTrue } from "../../support/redis-command.ts";

let nodes: RedisCluster;
let cluster: SteadyCluster;

beforeAll(async () => {
  nodes = await startCluster();
  await nodes.ready();
  cluster = new SteadyCluster({ target: clusterTarget(nodes.url), name: "test" });
  await untilTrue("a whole Cluster", async () => cluster.whole);
});

afterAll(async () => {
  cluster.disconnect();
  await nodes[Symbol.asyncDispose]();
});

/** A subscriber, what it hears, and where it is. */
async function listen() {
  const redis = new RoamingRedis({ target: clusterTarget(nodes.url), cluster, name: "test" });
  redis.on("error", () => {});
  const heard: string[] = [];
  redis.on("message", (_, message: string) => heard.push(message));
  await expect.poll(() => redis.status, { timeout: 10_000 }).toBe("ready");
  await redis.subscribe("channel");
  const at = () => nodes.nodes.find(({ port }) => port === redis.options.port);
  /** Says something by each of the nodes that are there until it has been heard. */
  const hears = async (text: string): Promise<boolean> => {
    for (const { url } of nodes.nodes) {
      await commandTo(url, ["PUBLISH", "channel", text]).catch(() => {});
    }
    return heard.includes(text);
  };
  return { redis, at, hears };
}

it("RoamingRedis hears what is published on any node, and goes to another when its own is lost", async () => {
  const { redis, at, hears } = await listen();
  const first = at();
  const other = nodes.nodes.find((one) => one !== first);
  await commandTo(other?.url ?? "", ["PUBLISH", "channel", "from another"]);
  await expect.poll(() => hears("again"), { timeout: 10_000 }).toBe(true);
  await first?.stop();
  await expect.poll(() => hears("after the loss"), { timeout: 10_000 }).toBe(true);
  expect(at()).not.toBe(first);
  await first?.restart();
  redis.disconnect();
});

it("RoamingRedis leaves a node that belongs to the Cluster no more, though that goes on", async () => {
  const { redis, at, hears } = await listen();
  const first = at();
  const gone = cluster.nodes().find(({ options }) => options.port === first?.port);
  const known = cluster.nodes().filter((one) => one !== gone);
  cluster.nodes = () => known;
  cluster.emit("refresh");
  await expect.poll(() => at() !== first && redis.status, { timeout: 10_000 }).toBe("ready");
  await expect.poll(() => hears("elsewhere"), { timeout: 10_000 }).toBe(true);
  redis.disconnect();
  // One that was ended is not called back.
  cluster.nodes = () => [];
  cluster.emit("refresh");
  expect(redis.status).not.toBe("connecting");
});
