import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { Redis } from "ioredis";
import { afterEach, describe, expect, inject, it } from "vitest";
import { redisOptions } from "../../../src/adapters/redis/connect.ts";
import { SteadyRedis } from "../../../src/adapters/redis/steady-redis.ts";
import { CompatibleRedis } from "../../../src/adapters/redis/compatible-redis.ts";

/** What the process would have ended of. */
const unheard: unknown[] = [];
const hear = (reason: unknown): void => void unheard.push(reason);

afterEach(() => {
  process.off("unhandledRejection", hear);
  unheard.length = 0;
});

/** A way to Redis that cuts each connection of which `cuts()` says so as soon as it subscribes. */
async function wayTo(redisUrl: string, cuts: (connection: number) => boolean) {
  const { hostname, port } = new URL(redisUrl);
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const own = (connections += 1);
    const redis = connect(Number(port), hostname);
    sockets.add(client);
    for (const socket of [client, redis]) socket.on("error", () => {});
    client.on("data", (chunk) => {
      if (cuts(own) && chunk.toString().includes("subscribe")) client.destroy();
      else redis.write(chunk);
    });
    redis.pipe(client);
    client.on("close", () => redis.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe("SteadyRedis", () => {
  it.each([
    { name: "a connection", open: (url: string) => new SteadyRedis(redisOptions(url)) },
    {
      name: "Bottleneck's subscriber",
      open: (url: string) => {
        const options = { ...redisOptions(url), lazyConnect: true };
        return new CompatibleRedis(options).duplicate({ lazyConnect: false });
      },
    },
  ])("survives cuts while it subscribes anew, and then hears again: $name", async ({ open }) => {
    // Vitest's own listeners would let the test fail before it could say why.
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", hear);
    using way = await wayTo(
      inject("redisUrl"),
      (connection) => connection === 2 || connection === 3,
    );
    const redis = open(way.url);
    redis.on("error", () => {});
    const publisher = new Redis(inject("redisUrl"));
    const channel = `steady-${process.pid}-${Math.random()}`;
    const heard: string[] = [];
    redis.on("message", (_, message: string) => heard.push(message));
    await expect.poll(() => redis.status).toBe("ready");
    await redis.subscribe(channel);
    way.cutAll();
    const said = async (): Promise<boolean> => {
      await publisher.publish(channel, "after the cuts");
      return heard.includes("after the cuts");
    };
    await expect.poll(said, { timeout: 10_000 }).toBe(true);
    expect(way.connections()).toBe(4);
    expect(unheard).toEqual([]);
    redis.disconnect();
    publisher.disconnect();
    for (const other of others) process.on("unhandledRejection", other as () => void);
  });

  it("hears no more what it has left", async () => {
    using way = await wayTo(inject("redisUrl"), () => false);
    const redis = new SteadyRedis(redisOptions(way.url));
    redis.on("error", () => {});
    const publisher = new Redis(inject("redisUrl"));
    const [left, kept] = [`left-${Math.random()}`, `kept-${Math.random()}`];
    await expect.poll(() => redis.status).toBe("ready");
    await redis.subscribe(left, kept);
    await redis.unsubscribe(left);
    way.cutAll();
    await expect.poll(() => publisher.publish(kept, "a")).toBe(1);
    expect(await publisher.publish(left, "a")).toBe(0);
    redis.disconnect();
    publisher.disconnect();
  });
});
