import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { News } from "../../../src/adapters/redis/news.ts";
import { startRedis } from "../../support/redis-instance.ts";

const publisher = new Redis(inject("redisUrl"));
const subscriber = new Redis(inject("redisUrl"));
afterAll(() => {
  publisher.disconnect();
  subscriber.disconnect();
});

describe("News", () => {
  it("tells each channel's listener what was said there, until closed", async () => {
    const news = new News(subscriber);
    const [one, two] = [`one-${randomUUID()}`, `two-${randomUUID()}`];
    const heard: string[] = [];
    news.listen(one, (message) => heard.push(`one ${message}`));
    news.listen(two, (message) => heard.push(`two ${message}`));
    await expect.poll(() => publisher.publish(two, "a")).toBe(1);
    await publisher.publish(one, "b");
    await expect.poll(() => heard).toEqual(["two a", "one b"]);
    news.close();
    await publisher.publish(one, "c");
    await publisher.ping();
    expect(heard).toHaveLength(2);
  });

  it("hears a channel that could not be subscribed to at first, and again after a loss", async () => {
    const server = await startRedis();
    const options = { enableOfflineQueue: false, retryStrategy: () => 20 };
    const [own, other] = [new Redis(server.url, options), new Redis(server.url)];
    for (const redis of [own, other]) redis.on("error", () => {});
    const news = new News(own);
    const heard: string[] = [];
    news.listen("channel", (message) => heard.push(message));
    await expect.poll(() => other.publish("channel", "a")).toBe(1);
    own.disconnect(true);
    // Said until it is heard: the server may count a connection that is gone already.
    const said = async (): Promise<boolean> => {
      await other.publish("channel", "b").catch(() => 0);
      return heard.includes("b");
    };
    await expect.poll(said, { timeout: 10_000 }).toBe(true);
    expect(heard[0]).toBe("a");
    news.close();
    for (const redis of [own, other]) redis.disconnect();
    await server.stop();
  });
});
