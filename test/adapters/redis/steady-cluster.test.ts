import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clusterTarget } from "../../../src/adapters/redis/cluster-target.ts";
import { SteadyCluster } from "../../../src/adapters/redis/steady-cluster.ts";
import { startCluster, type RedisCluster } from "../../support/redis-cluster.ts";
import { commandTo } from "../../support/redis-command.ts";

const KEY = "a key";
const opened: SteadyCluster[] = [];
let nodes: RedisCluster;

beforeAll(async () => {
  nodes = await startCluster();
  await nodes.ready();
});

afterEach(() => {
  for (const cluster of opened.splice(0)) cluster.disconnect();
});

afterAll(() => nodes[Symbol.asyncDispose]());

/** Connections that note what is told of them. */
function open(url = nodes.url) {
  const told: string[] = [];
  const cluster = new SteadyCluster({ target: clusterTarget(url), name: "sluice-test" });
  for (const event of ["whole", "torn"]) {
    cluster.on(event, () => {
      if (told.at(-1) !== event) told.push(event);
    });
  }
  opened.push(cluster);
  return { cluster, told };
}

async function openWhole() {
  const one = open();
  await expect.poll(() => one.cluster.whole, { timeout: 10_000 }).toBe(true);
  return one;
}

describe("SteadyCluster", () => {
  it("is whole once every primary is connected, under its name", async () => {
    const { cluster, told } = await openWhole();
    expect(told).toEqual(["whole"]);
    const names = await Promise.all(cluster.nodes("master").map((one) => one.client("GETNAME")));
    expect(names).toEqual(["sluice-test", "sluice-test", "sluice-test"]);
    await Promise.all(Array.from({ length: 100 }, (_, index) => cluster.set(`k${index}`, "")));
    expect(await cluster.get("k42")).toBe("");
  });

  it("fails a command at once, where nobody is connected", async () => {
    const { cluster, told } = open("cluster://127.0.0.1:1");
    await expect(cluster.get(KEY)).rejects.toThrow("enableOfflineQueue");
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["torn"]);
    const before = performance.now();
    await expect(cluster.get(KEY)).rejects.toThrow("enableOfflineQueue");
    expect(performance.now() - before).toBeLessThan(100);
  });

  it("fails what was under way when its node is lost, and does not send it again", async () => {
    const { cluster, told } = await openWhole();
    const primary = await nodes.primaryOf(KEY);
    await cluster.set(KEY, "0");
    primary.freeze();
    const under = cluster.incr(KEY);
    await Promise.all([expect(under).rejects.toThrow("Connection is closed"), primary.stop()]);
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["whole", "torn"]);
    await expect(cluster.incr(KEY)).rejects.toThrow("Connection is closed");
    // The others go on.
    const others = nodes.nodes.filter((one) => one !== primary);
    const theirs = cluster
      .nodes()
      .filter((one) => others.some(({ port }) => port === one.options.port));
    expect(await Promise.all(theirs.map((one) => one.ping()))).toEqual(["PONG", "PONG"]);
    await primary.restart();
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["whole", "torn", "whole"]);
    const back = async (): Promise<number> => cluster.incr(KEY).catch(() => 0);
    // One that has been started again takes commands two seconds later.
    await expect.poll(back, { timeout: 10_000, interval: 100 }).toBe(1);
  });

  it("ends a command within half a second, and a connection that is silent for two", async () => {
    const { cluster, told } = await openWhole();
    const primary = await nodes.primaryOf(KEY);
    primary.freeze();
    const before = performance.now();
    await expect(cluster.get(KEY)).rejects.toThrow("timed out");
    expect(performance.now() - before).toBeLessThan(900);
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(["whole", "torn"]);
    primary.thaw();
    await expect.poll(() => cluster.whole, { timeout: 10_000 }).toBe(true);
    await cluster.get(KEY);
  });

  it("goes to the node that a slot was given to", async () => {
    const { cluster, told } = await openWhole();
    await cluster.set(KEY, "moved");
    const from = await nodes.primaryOf(KEY);
    const to = nodes.nodes.find((one) => one !== from) ?? from;
    let meanwhile: unknown;
    await nodes.moveSlot(KEY, to, async () => {
      meanwhile = await cluster.get(KEY);
    });
    expect([meanwhile, await cluster.get(KEY)]).toEqual(["moved", "moved"]);
    expect(await commandTo(to.url, ["GET", KEY])).toBe("moved");
    expect(told).toEqual(["whole"]);
  });

  it("survives the loss of a node that was asked for what is moved to it", async () => {
    const { cluster } = await openWhole();
    const [node] = cluster.nodes("master");
    node?.disconnect();
    // As ioredis does it: nobody looks at what comes of it.
    await expect(node?.asking()).resolves.toBe("OK");
  });

  it("tells of nothing more, when it is ended", async () => {
    const { cluster, told } = await openWhole();
    cluster.disconnect();
    await expect.poll(() => cluster.nodes()).toEqual([]);
    await expect(cluster.get(KEY)).rejects.toThrow(Error);
    expect(told).toEqual(["whole"]);
  });
});
