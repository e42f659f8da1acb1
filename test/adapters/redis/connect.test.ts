import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  connectRedis,
  redisOptions,
  redisPasswords,
  redisReady,
  refuseEviction,
  watchRedis,
} from "../../../src/adapters/redis/connect.ts";
import { CompatibleRedis } from "../../../src/adapters/bottleneck-slots.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { freePort, startRedis, type RedisInstance } from "../../support/redis-instance.ts";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(endings.splice(0).map((end) => end()));
});

async function start(...args: string[]): Promise<RedisInstance> {
  const instance = await startRedis({ args });
  endings.push(() => instance.stop());
  return instance;
}

/** A connection that notes what it is told. */
function connect(url: string) {
  const told: string[] = [];
  const errors: Error[] = [];
  const redis = connectRedis({
    url,
    name: "sluice-test",
    onTrouble(error) {
      told.push("trouble");
      errors.push(error);
    },
    onWell: () => told.push("well"),
  });
  endings.push(() => redis.disconnect());
  return { redis, told, errors };
}

async function startAndConnect(...args: string[]) {
  const instance = await start(...args);
  const connection = connect(instance.url);
  await redisReady(connection.redis, 5000);
  return { instance, ...connection };
}

/** Waits for an event; `once()` of Node would raise an error that comes before it. */
function next(redis: Redis, event: "reconnecting" | "end"): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  redis.once(event, () => resolve());
  return promise;
}

/** A Redis with a user that may do all but what is named, and a connection as that user. */
async function connectWithout(...forbidden: string[]) {
  const { instance, redis: admin } = await startAndConnect("--maxmemory-policy", "allkeys-lru");
  await admin.acl("SETUSER", "app", "on", ">p@ss:w/rd", "~*", "&*", "+@all", ...forbidden);
  const { redis } = connect(
    `redis://app:${encodeURIComponent("p@ss:w/rd")}@127.0.0.1:${instance.port}`,
  );
  await redisReady(redis, 5000);
  return redis;
}

/** A Sentinel that watches one master. */
async function startSentinel(masterPort: number): Promise<number> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "sluice-sentinel-"));
  const file = join(folder, "sentinel.conf");
  writeFileSync(
    file,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor main 127.0.0.1 ${masterPort} 1\n`,
  );
  const sentinel = spawn("redis-server", [file, "--sentinel"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  endings.push(async () => {
    sentinel.kill("SIGKILL");
    await once(sentinel, "exit");
    rmSync(folder, { recursive: true });
  });
  for await (const chunk of sentinel.stdout) if (String(chunk).includes("+monitor")) break;
  return port;
}

describe("redisOptions()", () => {
  it.each([
    ["redis://localhost", { host: "localhost", port: 6379 }],
    ["redis://localhost:7000/", { host: "localhost", port: 7000 }],
    ["redis://10.0.0.1:7000/3", { host: "10.0.0.1", port: 7000, db: 3 }],
    ["redis://[::1]:7000", { host: "::1", port: 7000 }],
    ["redis://:p%40ss@h", { host: "h", port: 6379, password: "p@ss" }],
    ["redis://us%3Aer:p@h/0", { host: "h", port: 6379, username: "us:er", password: "p", db: 0 }],
    ["rediss://h.test", { host: "h.test", port: 6379, tls: { servername: "h.test" } }],
    ["rediss://10.0.0.1", { host: "10.0.0.1", port: 6379, tls: {} }],
    [
      "sentinel://a:1,b,[::1]:3/main",
      {
        sentinels: [
          { host: "a", port: 1 },
          { host: "b", port: 26_379 },
          { host: "::1", port: 3 },
        ],
        name: "main",
      },
    ],
    [
      "sentinel://app:p%40ss@a:1/main/2",
      {
        sentinels: [{ host: "a", port: 1 }],
        name: "main",
        username: "app",
        password: "p@ss",
        db: 2,
      },
    ],
  ])("reads %s", (url, wanted) => {
    const { sentinels, name, host, port, username, password, db, tls } = redisOptions(url);
    const read = { sentinels, name, host, port, username, password, db, tls };
    expect(read).toEqual({ ...wanted });
  });

  it.each([
    "",
    "localhost:6379",
    "http://:s3cret@h",
    "redis:///0",
    "redis://:s3cret@h/zero",
    "redis://:s3cret%zz@h",
    "redis://:s3cret@h?db=1",
    "sentinel://:s3cret@a:1",
    "sentinel://:s3cret@a:x/main",
    "sentinel://a:1,,b:2/main",
  ])("refuses %j, without repeating it", (url) => {
    expect(() => redisOptions(url)).toThrow("must look like");
    expect(() => redisOptions(url)).not.toThrow("s3cret");
  });

  it("serves a class made from Redis, which is then watched the same way", async () => {
    const { url } = await start();
    const redis = new CompatibleRedis(redisOptions(url));
    endings.push(() => redis.disconnect());
    watchRedis(redis, { onTrouble() {}, onWell() {} });
    await redisReady(redis, 5000);
    expect(await redis.ping()).toBe("PONG");
  });
});

describe("connectRedis()", () => {
  it("connects under its name", async () => {
    const { redis, told } = await startAndConnect();
    expect(await redis.client("GETNAME")).toBe("sluice-test");
    expect(told).toEqual([]);
  });

  it("connects to the master that a Sentinel names", async () => {
    const { port } = await start();
    const sentinelPort = await startSentinel(port);
    const { redis } = connect(`sentinel://127.0.0.1:1,127.0.0.1:${sentinelPort}/main`);
    await redisReady(redis, 5000);
    expect(await redis.info("server")).toContain(`tcp_port:${port}`);
  });

  it("leaves the old primary when the Sentinel orders another, though the old one goes on as one", async () => {
    const old = await startAndConnect();
    const other = await start("--replicaof", "127.0.0.1", String(old.instance.port));
    const follows = async (): Promise<boolean> =>
      /state=online/.test(await old.redis.info("replication"));
    await expect.poll(follows, { timeout: 20_000 }).toBe(true);
    const sentinelPort = await startSentinel(old.instance.port);
    const { redis } = connect(`sentinel://127.0.0.1:${sentinelPort}/main`);
    await redisReady(redis, 5000);
    const sentinel = new Redis(sentinelPort);
    endings.push(() => sentinel.disconnect());
    const ordered = async (): Promise<unknown> =>
      sentinel.call("SENTINEL", "FAILOVER", "main").catch((error: unknown) => String(error));
    await expect.poll(ordered, { timeout: 20_000, interval: 200 }).toBe("OK");
    const at = async (): Promise<string> => redis.info("server").catch(() => "");
    await expect.poll(at, { timeout: 20_000 }).toContain(`tcp_port:${other.port}`);
    expect(await old.redis.info("replication")).toContain("role:master");
  }, 60_000);

  it("tells of trouble once for each loss, and when it is over", async () => {
    const { instance, redis, told } = await startAndConnect();
    await instance.stop();
    await next(redis, "reconnecting");
    await next(redis, "reconnecting");
    expect(told).toEqual(["trouble"]);
    await instance.restart();
    await redisReady(redis, 5000);
    await expect.poll(() => told).toEqual(["trouble", "well"]);
    await instance.stop();
    await expect.poll(() => told).toEqual(["trouble", "well", "trouble"]);
  });

  it("tells of a loss that comes without an error", async () => {
    const { redis, told } = await startAndConnect();
    await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no");
    await expect.poll(() => told).toEqual(["trouble", "well"]);
  });

  it("fails what was under way, when the connection is lost, and does not send it again", async () => {
    const { instance, redis } = await startAndConnect();
    instance.freeze();
    const ping = redis.ping();
    await Promise.all([expect(ping).rejects.toThrow("max retries"), instance.stop()]);
  });

  it("tells of no trouble, when it is ended on purpose", async () => {
    const { redis, told } = await startAndConnect();
    const ended = next(redis, "end");
    redis.disconnect();
    await ended;
    expect(told).toEqual([]);
  });

  it("tells of a refused password without repeating it", async () => {
    const { port } = await start("--requirepass", "right");
    const { redis, told, errors } = connect(`redis://:s3cret@127.0.0.1:${port}`);
    await next(redis, "reconnecting");
    expect(told).toEqual(["trouble"]);
    expect(errors[0]).toBeInstanceOf(StoreFault);
    expect(errors[0]?.message).toContain("WRONGPASS");
    expect(inspect(errors, { depth: 9 })).not.toContain("s3cret");
  });

  it("fails a command at once, when there is no connection", async () => {
    const { redis } = connect("redis://127.0.0.1:1");
    await expect(redis.ping()).rejects.toThrow("enableOfflineQueue");
  });

  it("gives up a connection that has been silent, and is back when Redis is", async () => {
    const { instance, redis, told } = await startAndConnect();
    instance.freeze();
    const lost = next(redis, "reconnecting");
    await expect(redis.ping()).rejects.toThrow("timed out");
    await lost;
    expect(told).toEqual(["trouble"]);
    instance.thaw();
    await redisReady(redis, 5000);
    expect(await redis.ping()).toBe("PONG");
  });

  it("looks for another master, when this one has become a replica", async () => {
    const { redis } = await startAndConnect();
    await redis.replicaof("127.0.0.1", "1");
    const lost = next(redis, "reconnecting");
    await expect(redis.set("key", "value")).rejects.toThrow("READONLY");
    await lost;
  });
});

describe("redisReady()", () => {
  it("resolves once commands can be sent, and at once thereafter", async () => {
    const { url } = await start();
    const { redis } = connect(url);
    await redisReady(redis, 5000);
    expect(redis.status).toBe("ready");
    await redisReady(redis, 0);
  });

  it("raises a StoreFault that says why, when nobody answers in time", async () => {
    const { redis } = connect("redis://127.0.0.1:1");
    const wait = redisReady(redis, 100);
    await expect(wait).rejects.toThrow(StoreFault);
    await expect(wait).rejects.toThrow("ECONNREFUSED");
  });

  it("raises a StoreFault, when the connection is ended", async () => {
    const { redis } = connect("redis://127.0.0.1:1");
    const wait = redisReady(redis, 60_000);
    redis.disconnect();
    await expect(wait).rejects.toThrow("was ended");
    await expect(redisReady(redis, 60_000)).rejects.toThrow(StoreFault);
  });

  it("leaves no listener behind", async () => {
    const { url } = await start();
    const { redis } = connect(url);
    const counts = () => ["ready", "error", "end"].map((event) => redis.listenerCount(event));
    const before = counts();
    await redisReady(redis, 5000);
    expect(counts()).toEqual(before);
  });
});

describe("redisPasswords()", () => {
  it.each([
    ["redis://h", []],
    ["redis://u:p%40ss-word@h", ["p@ss-word"]],
    ["sentinel://u:secret@a,b/main", ["secret"]],
    ["nonsense", []],
  ])("of %s are %j", (url, passwords) => {
    expect(redisPasswords(url)).toEqual(passwords);
  });
});

describe("refuseEviction()", () => {
  it("lets noeviction pass", async () => {
    const { redis } = await startAndConnect("--maxmemory-policy", "noeviction");
    await expect(refuseEviction(redis)).resolves.toBeUndefined();
  });

  it.each(["allkeys-lru", "allkeys-random", "volatile-lru", "volatile-ttl"])(
    "refuses %s, saying what to do",
    async (policy) => {
      const { redis } = await startAndConnect("--maxmemory-policy", policy);
      await expect(refuseEviction(redis)).rejects.toThrow(policy);
      await expect(refuseEviction(redis)).rejects.toThrow("Set maxmemory-policy to noeviction");
    },
  );

  it("asks another way, when CONFIG is forbidden", async () => {
    await expect(refuseEviction(await connectWithout("-config"))).rejects.toThrow("allkeys-lru");
  });

  it("trusts a Redis that may not be asked", async () => {
    // ioredis says on the console that it could not ask either.
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const redis = await connectWithout("-config", "-info");
    await expect(refuseEviction(redis)).resolves.toBeUndefined();
  });

  it("raises a StoreFault, when Redis is gone", async () => {
    const redis = new Redis(redisOptions("redis://127.0.0.1:1"));
    redis.on("error", () => {});
    endings.push(() => redis.disconnect());
    await expect(refuseEviction(redis)).rejects.toThrow(StoreFault);
  });
});
